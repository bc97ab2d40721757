using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Reads single tensors of a checkpoint that may be far away and have millions: of the index only the footer, its own index block, the header's block and
/// those are read in which the tensors stand; of the data only the tensors. May be used from anywhere at the same time.</summary>
/// <remarks>What is read is checked; what is not, is not: <see cref="BundleReader"/> reads and checks the index whole, and lists it.</remarks>
/// <example><code>
/// BundleLookup lookup = await BundleLookup.OpenAsync(store, new CheckpointPrefix("model.ckpt-1000"), cancellationToken);
/// TensorValue bias = await lookup.ReadAsync("dense/bias", cancellationToken);
/// </code></example>
public sealed class BundleLookup
{
    private readonly IndexSeeker _index;
    private readonly TensorReader _tensors;

    private BundleLookup(TableSeeker table, BundleHeader header, string fileName, BundleDataReader data)
    {
        _index = new IndexSeeker(table, header, fileName);
        _tensors = new TensorReader(data);
        Data = data;
    }

    /// <summary>The header as stored.</summary>
    public BundleHeader Header => _index.Header;

    /// <summary>The index file, for messages.</summary>
    public string FileName => _index.FileName;

    /// <summary>Reads single stored parts.</summary>
    public BundleDataReader Data { get; }

    /// <summary>The most memory that one tensor may take, in bytes; as <see cref="BundleReader.TensorBytesMax"/>.</summary>
    public long TensorBytesMax
    {
        get => _tensors.TensorBytesMax;
        set => _tensors.TensorBytesMax = value;
    }

    /// <summary>Opens a checkpoint: reads the footer, the index block and the header.</summary>
    /// <exception cref="CheckpointException">As <see cref="BundleIndex.ReadAsync"/>.</exception>
    public static async ValueTask<BundleLookup> OpenAsync(IBlobStore store, CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        BlobProperties file = await store.TryGetPropertiesAsync(prefix.IndexName, cancellationToken).ConfigureAwait(false)
            ?? throw await BundleFiles.ExplainMissingIndexAsync(store, prefix, cancellationToken).ConfigureAwait(false);
        await BundleFiles.RefuseLfsPointerAsync(store, file, cancellationToken).ConfigureAwait(false);

        string fileName = BundleFiles.Describe(store, file.Name);
        TableSeeker table = await TableSeeker.OpenAsync(
            async (offset, length, token) =>
            {
                byte[] bytes = new byte[length];
                await store.ReadAsync(file.Name, offset, bytes, file.ETag, token).ConfigureAwait(false);
                return bytes;
            },
            fileName,
            file.LengthBytes,
            cancellationToken).ConfigureAwait(false);
        BundleHeader header = await IndexSeeker.ReadHeaderAsync(table, fileName, cancellationToken).ConfigureAwait(false);
        return new BundleLookup(table, header, fileName, new BundleDataReader(store, prefix, header, fileName));
    }

    /// <summary>What the index says of a tensor, or null if there is none of that name. A key that is not UTF-8 has no name here: <see cref="BundleReader"/> shows
    /// those.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: a block that was read is damaged, or a slice has no entry.
    /// <see cref="CheckpointError.Superseded"/>: the index was replaced meanwhile.</exception>
    public ValueTask<BundleTensor?> FindAsync(string name, CancellationToken cancellationToken) => _index.FindAsync(name, cancellationToken);

    /// <summary>Reads a whole tensor.</summary>
    /// <exception cref="CheckpointException">As <see cref="BundleReader.ReadAsync(string, CancellationToken)"/>; the nearest names are those of the block in which
    /// the tensor would stand.</exception>
    public async ValueTask<TensorValue> ReadAsync(string name, CancellationToken cancellationToken)
    {
        BundleTensor tensor = await _index.GetAsync(name, cancellationToken).ConfigureAwait(false);
        return await _tensors.ReadAsync(tensor, TensorSlice.Full(tensor.Shape.Rank), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a slice of a tensor, however it is stored.</summary>
    /// <exception cref="CheckpointException">As for a whole tensor; <see cref="CheckpointError.InvalidArgument"/> when the slice does not fit.</exception>
    public async ValueTask<TensorValue> ReadAsync(string name, TensorSlice slice, CancellationToken cancellationToken) =>
        await _tensors.ReadAsync(await _index.GetAsync(name, cancellationToken).ConfigureAwait(false), slice, cancellationToken).ConfigureAwait(false);

    /// <summary>Reads rows of a tensor into the caller's memory; as <see cref="BundleReader.ReadRowsAsync"/>.</summary>
    /// <exception cref="CheckpointException">As there.</exception>
    public async ValueTask ReadRowsAsync(string name, long startRow, long rowCount, Memory<byte> destination, CancellationToken cancellationToken)
    {
        BundleTensor tensor = await _index.GetAsync(name, cancellationToken).ConfigureAwait(false);
        await _tensors.ReadRowsAsync(tensor, startRow, rowCount, destination, cancellationToken).ConfigureAwait(false);
    }
}
