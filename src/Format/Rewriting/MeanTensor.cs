using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>The mean of tensors of one floating-point or complex type and shape, element by element: summed as doubles, divided once, rounded once.</summary>
internal sealed class MeanTensor(IReadOnlyList<TensorSource> sources) : TensorSource(sources[0].Name, sources[0].DType, sources[0].Shape)
{
    /// <summary>The slices, if all are cut alike.</summary>
    public override ImmutableArray<TensorSlice> Slices { get; } =
        sources.All(source => source.Slices.SequenceEqual(sources[0].Slices)) ? sources[0].Slices : [];

    /// <inheritdoc/>
    public override async ValueTask<Stream> OpenAsync(TensorSlice? slice, CancellationToken cancellationToken)
    {
        List<Stream> inputs = [];
        try
        {
            foreach (TensorSource source in sources)
            {
                inputs.Add(await source.OpenAsync(slice, cancellationToken).ConfigureAwait(false));
            }

            return new MappedStream(inputs, DType.ElementBytes(), DType.ElementBytes(), Mean);
        }
        catch
        {
            inputs.ForEach(input => input.Dispose());
            throw;
        }
    }

    private void Mean(long element, ReadOnlySpan<ReadOnlyMemory<byte>> inputs, Span<byte> output)
    {
        int numbers = output.Length / DType.ElementBytes() * TensorNumbers.PerElement(DType);
        double[] rented = ArrayPool<double>.Shared.Rent(numbers * 2);
        try
        {
            Span<double> sum = rented.AsSpan(0, numbers);
            Span<double> next = rented.AsSpan(numbers, numbers);

            // The first is not added to zero, which would take the sign off a -0.
            TensorNumbers.Read(DType, inputs[0].Span, sum);
            foreach (ReadOnlyMemory<byte> input in inputs[1..])
            {
                TensorNumbers.Read(DType, input.Span, next);
                Add(sum, next);
            }

            for (int i = 0; i < numbers; i++)
            {
                sum[i] /= inputs.Length;
            }

            TensorNumbers.Write(DType, sum, output);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }
    }

    private static void Add(Span<double> sum, ReadOnlySpan<double> next)
    {
        int vectorised = sum.Length - (sum.Length % Vector<double>.Count);
        Span<Vector<double>> sums = MemoryMarshal.Cast<double, Vector<double>>(sum[..vectorised]);
        ReadOnlySpan<Vector<double>> nexts = MemoryMarshal.Cast<double, Vector<double>>(next[..vectorised]);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += nexts[i];
        }

        for (int i = vectorised; i < sum.Length; i++)
        {
            sum[i] += next[i];
        }
    }
}
