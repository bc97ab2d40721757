using System.Collections.Immutable;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Silos;

/// <summary>What two boxes of one tensor, the source and the target, have in common, as runs of bytes that
/// are contiguous in both. Row-major; a scalar is one run of one element.</summary>
internal sealed class BoxOverlap
{
    private readonly long[] _counts;
    private readonly long[] _sourceStrides;
    private readonly long[] _targetStrides;
    private readonly long _sourceBase;
    private readonly long _targetBase;
    private readonly int _elementBytes;
    private readonly long _runElements;
    private readonly long _runCount;

    /// <summary>Compares two boxes of equal rank.</summary>
    public BoxOverlap(
        ImmutableArray<long> sourceStart,
        ImmutableArray<long> sourceShape,
        ImmutableArray<long> targetStart,
        ImmutableArray<long> targetShape,
        int elementBytes)
    {
        int rank = sourceShape.Length;
        _elementBytes = elementBytes;
        _counts = new long[rank];
        _sourceStrides = StridesOf(sourceShape);
        _targetStrides = StridesOf(targetShape);
        for (int axis = 0; axis < rank; axis++)
        {
            long start = Math.Max(sourceStart[axis], targetStart[axis]);
            long end = Math.Min(sourceStart[axis] + sourceShape[axis], targetStart[axis] + targetShape[axis]);
            _counts[axis] = Math.Max(0, end - start);
            _sourceBase += (start - sourceStart[axis]) * _sourceStrides[axis];
            _targetBase += (start - targetStart[axis]) * _targetStrides[axis];
        }

        // Inner axes that are whole in both boxes make longer runs.
        int axes = rank;
        _runElements = 1;
        bool isWhole = true;
        while (axes > 0 && isWhole)
        {
            axes--;
            _runElements *= _counts[axes];
            isWhole = _counts[axes] == sourceShape[axes] && _counts[axes] == targetShape[axes];
        }

        _counts = _counts[..axes];
        _runCount = _counts.Aggregate(1L, (product, count) => product * count);
    }

    /// <summary>How many elements the boxes have in common.</summary>
    public long ElementCount => _runCount * _runElements;

    /// <summary>Copies what is common from a piece of the source's bytes into the target's pages.</summary>
    /// <param name="pieceOffsetBytes">Where the piece begins in the source.</param>
    /// <param name="piece">Its bytes.</param>
    /// <param name="target">The pages of the target.</param>
    public void Copy(long pieceOffsetBytes, ReadOnlySpan<byte> piece, PageRun target)
    {
        if (ElementCount == 0)
        {
            return;
        }

        long runBytes = _runElements * _elementBytes;
        long pieceEnd = pieceOffsetBytes + piece.Length;
        for (long run = FirstRunEndingAfter(pieceOffsetBytes); run < _runCount; run++)
        {
            (long source, long destination) = PlaceOf(run);
            if (source >= pieceEnd)
            {
                return;
            }

            long from = Math.Max(source, pieceOffsetBytes);
            long to = Math.Min(source + runBytes, pieceEnd);
            target.CopyFrom(destination + (from - source), piece[(int)(from - pieceOffsetBytes)..(int)(to - pieceOffsetBytes)]);
        }
    }

    private static long[] StridesOf(ImmutableArray<long> shape)
    {
        var strides = new long[shape.Length];
        long stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }

        return strides;
    }

    /// <summary>The first run, in the order of the source, that has bytes at or after an offset.</summary>
    private long FirstRunEndingAfter(long offsetBytes)
    {
        long low = 0;
        long high = _runCount;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            if (PlaceOf(middle).Source + (_runElements * _elementBytes) <= offsetBytes)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private (long Source, long Target) PlaceOf(long run)
    {
        long source = _sourceBase;
        long target = _targetBase;
        for (int axis = _counts.Length - 1; axis >= 0; axis--)
        {
            (run, long index) = Math.DivRem(run, _counts[axis]);
            source += index * _sourceStrides[axis];
            target += index * _targetStrides[axis];
        }

        return (source * _elementBytes, target * _elementBytes);
    }
}
