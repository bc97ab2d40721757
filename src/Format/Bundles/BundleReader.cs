using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Reads the tensors of one checkpoint, put together from their slices and checked. May be used from anywhere at the same time.</summary>
/// <example><code>
/// BundleReader reader = await BundleReader.OpenAsync(store, new CheckpointPrefix("model.ckpt-1000"), cancellationToken);
/// foreach (BundleTensor tensor in reader.Index.Tensors) { Console.WriteLine($"{tensor.Name} {tensor.DType.ShortName()} {tensor.Shape}"); }
/// TensorValue weights = await reader.ReadAsync("weights", cancellationToken);
/// float first = weights.AsSpan&lt;float&gt;()[0];
/// </code></example>
public sealed class BundleReader
{
    private readonly TensorReader _tensors;

    private BundleReader(BundleIndex index, BundleDataReader data)
    {
        Index = index;
        Data = data;
        _tensors = new TensorReader(data);
    }

    /// <summary>Which tensors there are.</summary>
    public BundleIndex Index { get; }

    /// <summary>Reads single stored parts.</summary>
    public BundleDataReader Data { get; }

    /// <summary>The most memory that one tensor may take, in bytes. Default: what one array can hold, about 2 GiB. Row ranges are read into the caller's memory
    /// and do not count.</summary>
    public long TensorBytesMax
    {
        get => _tensors.TensorBytesMax;
        set => _tensors.TensorBytesMax = value;
    }

    /// <summary>Opens a checkpoint: reads its index.</summary>
    /// <exception cref="CheckpointException">As <see cref="BundleIndex.ReadAsync"/>.</exception>
    public static async ValueTask<BundleReader> OpenAsync(IBlobStore store, CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        BundleIndex index = await BundleIndex.ReadAsync(store, prefix, cancellationToken).ConfigureAwait(false);
        return new BundleReader(index, new BundleDataReader(store, prefix, index));
    }

    /// <summary>Reads a whole tensor.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/> (with the nearest names), <see cref="CheckpointError.Corrupt"/>,
    /// <see cref="CheckpointError.LimitExceeded"/>,
    /// or <see cref="CheckpointError.InvalidArgument"/> when slices are missing.</exception>
    public async ValueTask<TensorValue> ReadAsync(string name, CancellationToken cancellationToken) =>
        await ReadAsync(name, TensorSlice.Full(Index.Get(name).Shape.Rank), cancellationToken).ConfigureAwait(false);

    /// <summary>Reads a slice of a tensor, however it is stored.</summary>
    /// <exception cref="CheckpointException">As for a whole tensor; <see cref="CheckpointError.InvalidArgument"/> when the slice does not fit.</exception>
    public async ValueTask<TensorValue> ReadAsync(string name, TensorSlice slice, CancellationToken cancellationToken) =>
        await _tensors.ReadAsync(Index.Get(name), slice, cancellationToken).ConfigureAwait(false);

    /// <summary>Reads rows of a tensor of a fixed-size type into the caller's memory. Parts that overlap the rows are read and checked whole, in bounded
    /// memory.</summary>
    /// <param name="name">The tensor; of rank 1 or more.</param>
    /// <param name="startRow">The first row on axis 0.</param>
    /// <param name="rowCount">How many rows.</param>
    /// <param name="destination">Exactly as long as the rows; filled row-major little-endian, undefined after an exception.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CheckpointException">As <see cref="ReadAsync(string, TensorSlice, CancellationToken)"/>.</exception>
    public async ValueTask ReadRowsAsync(string name, long startRow, long rowCount, Memory<byte> destination, CancellationToken cancellationToken) =>
        await _tensors.ReadRowsAsync(Index.Get(name), startRow, rowCount, destination, cancellationToken).ConfigureAwait(false);

    /// <summary>A slice of a tensor of a fixed-size type as a stream, row-major little-endian: larger than memory, if need be, in bounded memory.</summary>
    /// <remarks>A wrong checksum is found when the last byte of a stored part has been read: what was read before is sound only when the end has been reached.
    /// </remarks>
    /// <param name="name">The tensor.</param>
    /// <param name="slice">Which part; null for all of it.</param>
    /// <returns>Read asynchronously, once, forwards, by one caller. Its reads throw as <see cref="BundleDataReader.ReadAsync"/>.</returns>
    /// <exception cref="CheckpointException">As <see cref="ReadAsync(string, TensorSlice, CancellationToken)"/>, but for the data;
    /// <see cref="CheckpointError.Unsupported"/>: the type has no fixed size.</exception>
    public Stream OpenStream(string name, TensorSlice? slice = null) => _tensors.OpenStream(Index.Get(name), slice);
}
