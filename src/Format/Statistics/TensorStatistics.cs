using System.Buffers;
using Cairn.Format.Bundles;
using Cairn.Format.Tensors;

namespace Cairn.Format.Statistics;

/// <summary>What the values of a tensor are like. NaN and infinite ones are counted, and passed over by all else; of complex elements both parts count as
/// numbers.</summary>
/// <param name="Count">How many numbers there are.</param>
/// <param name="NaNCount">How many are NaN.</param>
/// <param name="PositiveInfinityCount">How many are infinite.</param>
/// <param name="NegativeInfinityCount">How many are minus infinite.</param>
/// <param name="ZeroCount">How many are zero.</param>
/// <param name="Min">The least; NaN if there is none.</param>
/// <param name="Max">The greatest; NaN if there is none.</param>
/// <param name="Mean">The mean; NaN if there is none.</param>
/// <param name="StandardDeviation">The root of the mean squared distance from the mean (numpy's <c>std</c>); NaN if there is none.</param>
/// <param name="Norm">The Euclidean norm.</param>
public sealed record TensorStatistics(
    long Count,
    long NaNCount,
    long PositiveInfinityCount,
    long NegativeInfinityCount,
    long ZeroCount,
    double Min,
    double Max,
    double Mean,
    double StandardDeviation,
    double Norm)
{
    /// <summary>How many numbers are finite.</summary>
    public long FiniteCount => Count - NaNCount - PositiveInfinityCount - NegativeInfinityCount;

    /// <summary>Reads a tensor of a fixed-size type, or a slice of one, in bounded memory.</summary>
    /// <param name="reader">The checkpoint.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="slice">Null for all of it.</param>
    /// <param name="look">Is handed every block, with the number of its first element; may be null.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="Errors.CheckpointException">As <see cref="BundleReader.OpenStream"/> and its reads.</exception>
    public static async ValueTask<TensorStatistics> ReadAsync(
        BundleReader reader, string name, TensorSlice? slice, TensorBlocks.Look? look, CancellationToken cancellationToken)
    {
        TensorDType dtype = reader.Index.Get(name).DType;
        StatisticsAccumulator accumulator = new();
        double[] numbers = ArrayPool<double>.Shared.Rent(TensorBlocks.NumbersMax);
        try
        {
            await TensorBlocks.ReadAsync(
                reader,
                (name, slice),
                (element, bytes) =>
                {
                    look?.Invoke(element, bytes);
                    Span<double> block = numbers.AsSpan(0, bytes.Length / dtype.ElementBytes() * TensorNumbers.PerElement(dtype));
                    TensorNumbers.Read(dtype, bytes, block);
                    accumulator.Add(block);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(numbers);
        }

        return accumulator.ToStatistics();
    }
}
