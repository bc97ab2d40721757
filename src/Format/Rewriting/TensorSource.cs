using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>A tensor that can be read from its beginning, as often as wanted, wherever it comes from: a checkpoint, another program's file, other tensors. What makes
/// a checkpoint of others (copies, means, imports) makes sources of sources, and a <see cref="BundleRewriter"/> writes them.</summary>
public abstract class TensorSource
{
    /// <summary>Makes a source.</summary>
    protected TensorSource(string name, TensorDType dtype, TensorShape shape) => (Name, DType, Shape) = (name, dtype, shape);

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public TensorDType DType { get; }

    /// <summary>Its shape.</summary>
    public TensorShape Shape { get; }

    /// <summary>The slices that it is stored in, in their order; empty when it is stored whole.</summary>
    public virtual ImmutableArray<TensorSlice> Slices => [];

    /// <summary>How many bytes there are to read; of strings and variants those that are stored.</summary>
    public virtual long LengthBytes => (long)Int128.Min((Int128)Shape.ElementCount * DType.ElementBytes(), long.MaxValue);

    /// <summary>The bytes of a tensor of a fixed-size type, row-major little-endian. Read asynchronously, once, forwards, to be disposed.</summary>
    /// <param name="slice">Null for all of it, else one of <see cref="Slices"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CheckpointException">The source cannot be read, also from a read of the stream; a checksum is compared by the time its last byte is
    /// read.</exception>
    public abstract ValueTask<Stream> OpenAsync(TensorSlice? slice, CancellationToken cancellationToken);

    /// <summary>The elements of strings or variants; as <see cref="OpenAsync"/>.</summary>
    public virtual ValueTask<ImmutableArray<ReadOnlyMemory<byte>>> ReadElementsAsync(TensorSlice? slice, CancellationToken cancellationToken) =>
        throw new CheckpointException(CheckpointError.Unsupported, $"'{this}' has no elements of varying length.");

    /// <summary>The same tensor under another name.</summary>
    public TensorSource Renamed(string name) => name == Name ? this : new RenamedTensor(this, name);

    /// <summary>The same tensor in another type, element by element as <see cref="TensorCast"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: there is no such conversion.</exception>
    public TensorSource CastTo(TensorDType dtype) => dtype == DType ? this : new CastTensor(this, dtype);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {DType.ShortName()} {Shape}";
}
