using System.Collections.Immutable;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>A tensor in another type.</summary>
internal sealed class CastTensor : TensorSource
{
    private readonly TensorSource _source;

    public CastTensor(TensorSource source, TensorDType dtype)
        : base(source.Name, dtype, source.Shape)
    {
        _source = TensorCast.IsPossible(source.DType, dtype)
            ? source
            : throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"'{source}' cannot become {dtype.ShortName()}: floating-point types, integers of 8 bits or more and bool turn into one another, complex64 and "
                + "complex128 too; nothing else does.");
    }

    /// <inheritdoc/>
    public override ImmutableArray<TensorSlice> Slices => _source.Slices;

    /// <inheritdoc/>
    public override async ValueTask<Stream> OpenAsync(TensorSlice? slice, CancellationToken cancellationToken) =>
        new MappedStream([await _source.OpenAsync(slice, cancellationToken).ConfigureAwait(false)], _source.DType.ElementBytes(), DType.ElementBytes(), Convert);

    private void Convert(long element, ReadOnlySpan<ReadOnlyMemory<byte>> inputs, Span<byte> output)
    {
        if (TensorCast.Convert(_source.DType, inputs[0].Span, DType, output) is >= 0 and int misfit)
        {
            int unit = _source.DType.ElementBytes();
            string value = TensorElement.Read(_source.DType, inputs[0].Span.Slice(misfit * unit, unit)).Text;
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"Element {element + misfit} of '{_source}' is {value}, which {DType.ShortName()} does not hold. Cast to a wider type, or leave this tensor out.");
        }
    }
}
