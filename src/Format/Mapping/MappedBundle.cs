using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;

namespace Cairn.Format.Mapping;

/// <summary>A checkpoint on the local disk, mapped into memory: tensors are read where they lie, without a copy. Opening reads a few pages, however many tensors
/// there are. May be used from anywhere at the same time.</summary>
/// <remarks>The values lie in the mapping: after <see cref="Dispose"/>, asking for their bytes throws <see cref="ObjectDisposedException"/>, and a span that was
/// taken before must not be touched. A file that another program cuts short while it is mapped ends the process, as any mapping; TensorFlow and Cairn only ever
/// replace whole files.</remarks>
/// <example><code>
/// using MappedBundle bundle = MappedBundle.Open("/models/model.ckpt-1000");
/// ReadOnlySpan&lt;float&gt; weights = bundle.Read("weights").AsSpan&lt;float&gt;();
/// </code></example>
public sealed class MappedBundle : IDisposable
{
    private const int ChecksumBytes = 1 << 30;

    private readonly string _path;
    private readonly MappedFile _index;
    private readonly IndexSeeker _seeker;
    private readonly ConcurrentDictionary<int, Lazy<MappedFile>> _data = new();

    private MappedBundle(string path, MappedFile index, IndexSeeker seeker) => (_path, _index, _seeker) = (path, index, seeker);

    /// <summary>The header as stored.</summary>
    public BundleHeader Header => _seeker.Header;

    /// <summary>Opens a checkpoint by the path of its files without <c>.index</c>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is no such checkpoint. <see cref="CheckpointError.Corrupt"/>: its index
    /// is damaged. <see cref="CheckpointError.Unsupported"/>: a V1 checkpoint, a Git LFS pointer or an unknown version.</exception>
    public static MappedBundle Open(string path)
    {
        string indexPath = new CheckpointPrefix(path).IndexName;
        MappedFile index = MappedFile.TryOpen(indexPath) ?? throw NoIndex(path, indexPath);
        try
        {
            RefusePointer(index);
            TableSeeker table = Now(TableSeeker.OpenAsync(
                (offset, length, _) => ValueTask.FromResult(index.Memory(offset, length)), indexPath, index.LengthBytes, CancellationToken.None));
            BundleHeader header = Now(IndexSeeker.ReadHeaderAsync(table, indexPath, CancellationToken.None));
            return new MappedBundle(path, index, new IndexSeeker(table, header, indexPath));
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>What the index says of a tensor, or null if there is none of that name.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: a block of the index is damaged.</exception>
    public BundleTensor? Find(string name) => Now(_seeker.FindAsync(name, CancellationToken.None));

    /// <summary>All tensors in key order. Reads and checks the index whole.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: the index is damaged; <see cref="CheckpointError.LimitExceeded"/>: it is over
    /// 1 GiB.</exception>
    public ImmutableArray<BundleTensor> List() => _index.LengthBytes <= TableFormat.FileBytesMax
        ? BundleIndex.Parse(_index.Memory(0, (int)_index.LengthBytes), _index.Path).Tensors
        : throw new CheckpointException(CheckpointError.LimitExceeded, $"'{_index.Path}' of {_index.LengthBytes} bytes is too long to be listed.");

    /// <summary>Reads a tensor, after its checksum. Not a copy, unless it is partitioned or big-endian.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/> (with names near to it), <see cref="CheckpointError.Corrupt"/>,
    /// <see cref="CheckpointError.LimitExceeded"/>: longer than 2 GiB, which one value cannot hold: read parts with <see cref="ReadRows"/>.</exception>
    public TensorValue Read(string name)
    {
        BundleTensor tensor = Now(_seeker.GetAsync(name, CancellationToken.None));
        TensorSlice all = TensorSlice.Full(tensor.Shape.Rank);
        return Read(tensor, all, PartOverlap.Find(tensor, all));
    }

    /// <summary>Reads a slice of a tensor, however it is stored, after the checksums of the parts that it lies in. Not a copy where it is one stretch of one
    /// part.</summary>
    /// <exception cref="CheckpointException">As <see cref="Read(string)"/>; <see cref="CheckpointError.InvalidArgument"/> when the slice does not fit.</exception>
    public TensorValue Read(string name, TensorSlice slice)
    {
        BundleTensor tensor = Now(_seeker.GetAsync(name, CancellationToken.None));
        return Read(tensor, slice, PartOverlap.Find(tensor, slice));
    }

    /// <summary>Reads rows of a tensor; as <see cref="Read(string, TensorSlice)"/>.</summary>
    /// <param name="name">The tensor; of rank 1 or more.</param>
    /// <param name="startRow">The first row on axis 0.</param>
    /// <param name="rowCount">How many rows.</param>
    /// <exception cref="CheckpointException">As for a slice.</exception>
    public TensorValue ReadRows(string name, long startRow, long rowCount)
    {
        BundleTensor tensor = Now(_seeker.GetAsync(name, CancellationToken.None));
        if (tensor.Shape.Rank == 0)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{name}' is a scalar, which has no rows.");
        }

        TensorSlice rows = TensorSlice.Rows(tensor.Shape, startRow, rowCount);
        return Read(tensor, rows, PartOverlap.Find(tensor, rows));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _index.Dispose();
        foreach (Lazy<MappedFile> file in _data.Values)
        {
            if (file.IsValueCreated)
            {
                file.Value.Dispose();
            }
        }
    }

    private TensorValue Read(BundleTensor tensor, TensorSlice slice, ImmutableArray<PartOverlap> overlaps)
    {
        SliceBox want = SliceBox.Resolve(slice, tensor.Shape, tensor.Name);
        var shape = new TensorShape(want.Lengths.AsSpan());
        if (!tensor.DType.IsFixedSize())
        {
            return TensorValue.FromElements(tensor.DType, shape, [.. ReadElements(overlaps, want)]);
        }

        int unit = tensor.DType.ElementBytes();
        MemoryLimit.Check(tensor.Name, (Int128)want.ElementCount * unit, Array.MaxLength);
        if (overlaps is [{ } only] && !Header.IsBigEndian && SliceCopy.OffsetOfStretch(only.Region, only.Box) is { } from)
        {
            MappedFile file = Checked(only.Part);
            return TensorValue.FromBytes(tensor.DType, shape, file.Memory(only.Part.Entry.Data.OffsetBytes + (from * unit), (int)want.ElementCount * unit));
        }

        byte[] bytes = new byte[want.ElementCount * unit];
        foreach (PartOverlap overlap in overlaps)
        {
            DataRange data = overlap.Part.Entry.Data;
            MappedFile file = Checked(overlap.Part);
            MemoryLimit.Check(overlap.Part.ToString(), data.LengthBytes, Array.MaxLength);
            SliceCopy.Copy(file.Span(data.OffsetBytes, (int)data.LengthBytes), overlap.Box, bytes, want, (overlap.Region, unit));
        }

        if (Header.IsBigEndian)
        {
            ByteOrder.Reverse(bytes, tensor.DType);
        }

        return TensorValue.FromBytes(tensor.DType, shape, bytes);
    }

    private ReadOnlyMemory<byte>[] ReadElements(ImmutableArray<PartOverlap> overlaps, SliceBox want)
    {
        ReadOnlyMemory<byte>[] elements = [];
        foreach (PartOverlap overlap in overlaps)
        {
            BundleEntry entry = overlap.Part.Entry;
            MappedFile file = Checked(overlap.Part);
            MemoryLimit.Check(overlap.Part.ToString(), entry.Data.LengthBytes + ((Int128)entry.Shape.ElementCount * 16), Array.MaxLength);
            ReadOnlyMemory<byte>[] part = ElementsCodec.Split(
                entry.DType, entry.Shape.ElementCount, file.Memory(entry.Data.OffsetBytes, (int)entry.Data.LengthBytes));
            elements = elements.Length == 0 ? new ReadOnlyMemory<byte>[want.ElementCount] : elements;
            SliceCopy.Copy<ReadOnlyMemory<byte>>(part, overlap.Box, elements, want, (overlap.Region, 1));
        }

        return elements;
    }

    // The data file of a part, once the bytes of the part are known to be sound.
    private MappedFile Checked(BundlePart part)
    {
        DataRange data = part.Entry.Data;
        if (part.SizeFault() is { } wrongSize)
        {
            throw new CheckpointException(CheckpointError.Corrupt, $"'{_index.Path}' is damaged: {wrongSize}");
        }

        MappedFile file = OpenData(part);
        if (data.EndBytes > file.LengthBytes)
        {
            throw CheckpointException.Corrupt(
                file.Path,
                file.LengthBytes,
                $"'{part}' lies at bytes {data.OffsetBytes} to {data.EndBytes}, but the file has only {file.LengthBytes}: it is truncated");
        }

        EntryChecker checker = EntryChecker.For(part.Entry, Header.IsBigEndian);
        for (long at = 0; at < data.LengthBytes; at += ChecksumBytes)
        {
            checker.Append(file.Span(data.OffsetBytes + at, (int)Math.Min(ChecksumBytes, data.LengthBytes - at)));
        }

        return checker.Complete(data.Crc32C) is { } fault ? throw CheckpointException.Corrupt(file.Path, data.OffsetBytes, $"'{part}': {fault}") : file;
    }

    private MappedFile OpenData(BundlePart part)
    {
        int shard = part.Entry.Data.ShardIndex;
        string path = new CheckpointPrefix(_path).DataName(shard, Header.ShardCount);
        return _data.GetOrAdd(shard, _ => new Lazy<MappedFile>(() =>
        {
            MappedFile file = MappedFile.TryOpen(path) ?? throw new CheckpointException(
                CheckpointError.NotFound,
                $"Data file '{path}' is missing, and '{part}' lies in it; the checkpoint has {Header.ShardCount} data file(s), copy all of them.");
            RefusePointer(file);
            return file;
        })).Value;
    }

    private static void RefusePointer(MappedFile file)
    {
        if (GitLfsPointer.Is(file.Span(0, (int)Math.Min(file.LengthBytes, GitLfsPointer.LengthBytesMax + 1))))
        {
            throw GitLfsPointer.Refusal(file.Path);
        }
    }

    private static CheckpointException NoIndex(string path, string indexPath) => new(
        CheckpointError.NotFound,
        CheckpointPrefix.FileNameFault(path) is { } fault
            ? $"'{path}' {fault} (there is no '{indexPath}')."
            : $"There is no checkpoint '{path}': no file '{indexPath}'.");

    // Mapped memory is there at once: nothing is ever waited for.
    private static T Now<T>(ValueTask<T> answer) => answer.GetAwaiter().GetResult();
}
