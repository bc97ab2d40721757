using System.Buffers;
using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Tables;

namespace Cairn.Format.Bundles;

/// <summary>The index of a bundle, parsed and checked: which tensors there are, and where their bytes lie. It is held in memory whole.</summary>
public sealed class BundleIndex
{
    private readonly Dictionary<string, BundleTensor> _byName;

    internal BundleIndex(string fileName, BundleHeader header, IReadOnlyList<BundleRecord> records, ImmutableArray<BundleTensor> tensors)
    {
        FileName = fileName;
        Header = header;
        Records = records;
        Tensors = tensors;
        _byName = new Dictionary<string, BundleTensor>(tensors.Length, StringComparer.Ordinal);
        foreach (BundleTensor tensor in tensors)
        {
            _byName.TryAdd(tensor.Name, tensor);
        }
    }

    /// <summary>The index file, for messages.</summary>
    public string FileName { get; }

    /// <summary>The header as stored.</summary>
    public BundleHeader Header { get; }

    /// <summary>The number of data files.</summary>
    public int ShardCount => Header.ShardCount;

    /// <summary>True when the data files are big-endian.</summary>
    public bool IsBigEndian => Header.IsBigEndian;

    /// <summary>The version of the writer.</summary>
    public int Producer => Header.Producer;

    /// <summary>All tensors in key order, slices folded into their tensor.</summary>
    public ImmutableArray<BundleTensor> Tensors { get; }

    /// <summary>True when a block of the file was compressed.</summary>
    internal bool IsCompressed { get; init; }

    /// <summary>Every entry but the header, in key order.</summary>
    internal IReadOnlyList<BundleRecord> Records { get; }

    /// <summary>Reads and parses the index of a checkpoint.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is no such checkpoint (the message says what there is instead). Else
    /// as <see cref="Parse"/>.</exception>
    public static async ValueTask<BundleIndex> ReadAsync(IBlobStore store, CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        BlobContent content = await ReadFileAsync(store, prefix, cancellationToken).ConfigureAwait(false);
        return Parse(content.Bytes, BundleFiles.Describe(store, prefix.IndexName));
    }

    /// <summary>Parses an index file.</summary>
    /// <param name="bytes">The whole file; kept by the index.</param>
    /// <param name="fileName">For messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/> with the place, <see cref="CheckpointError.Unsupported"/> for a V1
    /// checkpoint, a Git LFS pointer or an unknown version,
    /// <see cref="CheckpointError.LimitExceeded"/> for one too large.</exception>
    public static BundleIndex Parse(ReadOnlyMemory<byte> bytes, string fileName)
    {
        if (GitLfsPointer.Is(bytes.Span))
        {
            throw GitLfsPointer.Refusal(fileName);
        }

        var table = new TableReader(bytes, fileName);
        return BundleIndexParser.Parse(table.ReadAll(), fileName, table.IsCompressed);
    }

    /// <summary>The tensor called <paramref name="name"/>, or null.</summary>
    public BundleTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The tensor called <paramref name="name"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>, with the names nearest to it.</exception>
    public BundleTensor Get(string name) =>
        Find(name) ?? throw new CheckpointException(
            CheckpointError.NotFound, $"Key {name} not found in checkpoint '{FileName}'{NearestNames.Hint(name, Tensors.Select(tensor => tensor.Name))}.");

    /// <summary>The index as TensorFlow writes it: not compressed. For an index that was raw, the same bytes.</summary>
    /// <param name="isCompressed">Stores blocks in Snappy's format where that makes them shorter.</param>
    public byte[] ToBytes(bool isCompressed = false)
    {
        var table = new TableWriter(isCompressed);
        var value = new ArrayBufferWriter<byte>();
        table.Add([], Header.Encode());
        foreach (BundleRecord record in Records)
        {
            value.ResetWrittenCount();
            record.Entry.WriteTo(value);
            table.Add(record.Key, value.WrittenSpan);
        }

        return table.Finish();
    }

    internal static async ValueTask<BlobContent> ReadFileAsync(IBlobStore store, CheckpointPrefix prefix, CancellationToken cancellationToken) =>
        await store.TryReadAsync(prefix.IndexName, TableFormat.FileBytesMax, cancellationToken).ConfigureAwait(false)
            ?? throw await BundleFiles.ExplainMissingIndexAsync(store, prefix, cancellationToken).ConfigureAwait(false);
}
