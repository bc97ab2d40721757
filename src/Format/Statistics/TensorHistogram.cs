using System.Buffers;
using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Tensors;

namespace Cairn.Format.Statistics;

/// <summary>How the finite numbers of a tensor are spread: equally wide bins from the least to the greatest, the last of which holds its upper end, as numpy's
/// <c>histogram</c>.</summary>
/// <param name="Min">Where the first bin begins.</param>
/// <param name="Max">Where the last bin ends.</param>
/// <param name="Counts">How many numbers lie in each bin.</param>
public sealed record TensorHistogram(double Min, double Max, ImmutableArray<long> Counts)
{
    /// <summary>Where a bin begins.</summary>
    public double EdgeOf(int bin) => bin == Counts.Length ? Max : Min + ((Max - Min) / Counts.Length * bin);

    /// <summary>Reads a tensor of a fixed-size type once more, with the range that its statistics gave.</summary>
    /// <param name="reader">The checkpoint.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="slice">Null for all of it.</param>
    /// <param name="range">The least and the greatest finite number.</param>
    /// <param name="bins">How many bins.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async ValueTask<TensorHistogram> ReadAsync(
        BundleReader reader, string name, TensorSlice? slice, (double Min, double Max) range, int bins, CancellationToken cancellationToken)
    {
        TensorDType dtype = reader.Index.Get(name).DType;

        // All numbers equal: numpy widens the range by a half on both sides.
        (double min, double max) = range.Max > range.Min ? range : (range.Min - 0.5, range.Max + 0.5);
        long[] counts = new long[bins];
        double[] numbers = ArrayPool<double>.Shared.Rent(TensorBlocks.NumbersMax);
        try
        {
            await TensorBlocks.ReadAsync(
                reader,
                (name, slice),
                (_, bytes) =>
                {
                    Span<double> block = numbers.AsSpan(0, bytes.Length / dtype.ElementBytes() * TensorNumbers.PerElement(dtype));
                    TensorNumbers.Read(dtype, bytes, block);
                    Count(block, counts, min, max);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(numbers);
        }

        return new TensorHistogram(min, max, [.. counts]);
    }

    private static void Count(ReadOnlySpan<double> numbers, long[] counts, double min, double max)
    {
        // Halved, so that the width of the whole range of doubles is a double.
        double half = (max / 2) - (min / 2);
        foreach (double number in numbers)
        {
            if (double.IsFinite(number))
            {
                int bin = (int)(((number / 2) - (min / 2)) / half * counts.Length);
                counts[Math.Clamp(bin, 0, counts.Length - 1)]++;
            }
        }
    }
}
