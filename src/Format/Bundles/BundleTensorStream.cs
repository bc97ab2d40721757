using System.Collections.Immutable;
using Cairn.Format.Streams;

namespace Cairn.Format.Bundles;

/// <summary>The bytes of a slice of a tensor, put together from its stored parts on the way. Parts are opened when their turn comes and closed when they are done;
/// those that are open together share <see cref="MemoryBytes"/>.</summary>
internal sealed class BundleTensorStream : ForwardStream
{
    private const int MemoryBytes = 64 << 20;
    private const int BlockBytesMin = 64 << 10;

    private readonly BundleDataReader _data;
    private readonly ImmutableArray<PartOverlap> _overlaps;
    private readonly int _unit;
    private readonly int _blockBytes;
    private readonly PartReader?[] _open;
    private readonly long[] _leftBytes;
    private readonly IEnumerator<SliceRun> _runs;
    private long _runLeftBytes;

    public BundleTensorStream(BundleDataReader data, ImmutableArray<PartOverlap> overlaps, SliceBox want, int elementBytes)
    {
        _data = data;
        _overlaps = overlaps;
        _unit = elementBytes;
        _blockBytes = Math.Clamp(MemoryBytes / Math.Max(overlaps.Length, 1) / BlockBytesMin * BlockBytesMin, BlockBytesMin, BundleDataReader.BlockBytes);
        _open = new PartReader?[overlaps.Length];
        _leftBytes = [.. overlaps.Select(overlap => overlap.Region.ElementCount * elementBytes)];
        _runs = new SliceRuns(overlaps, want).Enumerate().GetEnumerator();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || (_runLeftBytes == 0 && !await BeginRunAsync(cancellationToken).ConfigureAwait(false)))
        {
            return 0;
        }

        int number = _runs.Current.Overlap;
        int read = await _open[number]!.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _runLeftBytes)], cancellationToken).ConfigureAwait(false);
        _runLeftBytes -= read;
        _leftBytes[number] -= read;
        if (_leftBytes[number] == 0)
        {
            await _open[number]!.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }

        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (PartReader? part in _open)
        {
            part?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<bool> BeginRunAsync(CancellationToken cancellationToken)
    {
        if (!_runs.MoveNext())
        {
            return false;
        }

        (int number, long offset, long length) = _runs.Current;
        PartReader part = _open[number] ??= await _data.OpenPartAsync(_overlaps[number].Part, _blockBytes, cancellationToken).ConfigureAwait(false);
        await part.SkipToAsync(offset * _unit, cancellationToken).ConfigureAwait(false);
        _runLeftBytes = length * _unit;
        return true;
    }
}
