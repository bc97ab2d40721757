using System.Buffers.Binary;
using Cairn.Format.Tensors;

namespace Cairn.Format.Comparing;

/// <summary>Takes two tensors in, piece by piece, and measures how far they lie apart. One caller at a time.</summary>
/// <param name="dtype">Their type, of fixed size.</param>
internal sealed class ValueComparison(TensorDType dtype)
{
    private readonly int _unit = dtype.ElementBytes();
    private readonly int _numbersPerElement = TensorNumbers.PerElement(dtype);
    private long _elements;
    private long _changed;
    private long _nonFinite;
    private double _deltaMax;
    private double _deltaSquares;
    private double _beforeSquares;
    private double[] _first = [];
    private double[] _second = [];

    /// <summary>Takes in the same whole elements of both.</summary>
    public void Add(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        int elements = before.Length / _unit;
        _elements += elements;
        int numbers = elements * _numbersPerElement;
        if (_first.Length < numbers)
        {
            (_first, _second) = (new double[numbers], new double[numbers]);
        }

        Span<double> first = _first.AsSpan(0, numbers);
        TensorNumbers.Read(dtype, before, first);
        foreach (double number in first)
        {
            _beforeSquares += double.IsFinite(number) ? number * number : 0;
        }

        if (before.SequenceEqual(after))
        {
            return;
        }

        Span<double> second = _second.AsSpan(0, numbers);
        TensorNumbers.Read(dtype, after, second);
        for (int element = 0; element < elements; element++)
        {
            ReadOnlySpan<byte> own = before.Slice(element * _unit, _unit);
            ReadOnlySpan<byte> other = after.Slice(element * _unit, _unit);
            if (!own.SequenceEqual(other))
            {
                _changed++;
                AddDelta(DeltaOf(own, other, element * _numbersPerElement, first, second));
            }
        }
    }

    /// <summary>What was found.</summary>
    public ValueDifference ToDifference()
    {
        double norm = _deltaSquares == 0 ? 0 : Math.Sqrt(_deltaSquares) / Math.Sqrt(_beforeSquares);
        return new ValueDifference(_elements, _changed, _nonFinite, _deltaMax, norm);
    }

    private void AddDelta(double delta)
    {
        if (!double.IsFinite(delta))
        {
            _nonFinite++;
            return;
        }

        _deltaMax = Math.Max(_deltaMax, delta);
        _deltaSquares += delta * delta;
    }

    // Long integers are subtracted before they are rounded.
    private double DeltaOf(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, int at, ReadOnlySpan<double> first, ReadOnlySpan<double> second) => dtype switch
    {
        TensorDType.Int64 =>
            (double)Int128.Abs((Int128)BinaryPrimitives.ReadInt64LittleEndian(after) - BinaryPrimitives.ReadInt64LittleEndian(before)),
        TensorDType.UInt64 =>
            (double)Int128.Abs((Int128)BinaryPrimitives.ReadUInt64LittleEndian(after) - BinaryPrimitives.ReadUInt64LittleEndian(before)),
        _ when _numbersPerElement == 2 => double.Hypot(second[at] - first[at], second[at + 1] - first[at + 1]),
        _ => Math.Abs(second[at] - first[at]),
    };
}
