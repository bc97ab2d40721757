using System.Buffers;
using Cairn.Format.Blobs;

namespace Cairn.Format.Bundles;

/// <summary>Passes once over a data file or a stretch of one, in order and in bounded memory, and checks every entry and every gap on the way.</summary>
internal sealed class DataFileScan
{
    private readonly IBlobStore _store;
    private readonly BlobProperties _file;
    private readonly DataStretch _stretch;
    private readonly bool _isBigEndian;
    private readonly Queue<Segment> _waiting;
    private readonly List<Segment> _open = [];

    /// <param name="store">Where the file is.</param>
    /// <param name="file">The file.</param>
    /// <param name="parts">Everything that lies in it by the index.</param>
    /// <param name="isBigEndian">The order of its words.</param>
    public DataFileScan(IBlobStore store, BlobProperties file, IEnumerable<BundlePart> parts, bool isBigEndian)
        : this(store, DataStretch.Whole(file, parts), isBigEndian)
    {
    }

    /// <param name="store">Where the file is.</param>
    /// <param name="stretch">What of it is passed over.</param>
    /// <param name="isBigEndian">The order of its words.</param>
    public DataFileScan(IBlobStore store, DataStretch stretch, bool isBigEndian)
    {
        _store = store;
        _file = stretch.File;
        _stretch = stretch;
        _isBigEndian = isBigEndian;
        _waiting = new Queue<Segment>(FindSegments(stretch.Parts));
    }

    /// <summary>What is wrong, as far as the file was passed over; before that, what the lengths alone tell.</summary>
    public List<BundleFault> Faults { get; } = [];

    /// <summary>Reads it. Each block is handed to <paramref name="sink"/> after it was looked at, and is valid until that returns.</summary>
    public async ValueTask RunAsync(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask>? sink, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BundleDataReader.BlockBytes, _stretch.EndBytes - _stretch.BeginBytes));
        try
        {
            for (long at = _stretch.BeginBytes; at < _stretch.EndBytes;)
            {
                Memory<byte> block = buffer.AsMemory(0, (int)Math.Min(BundleDataReader.BlockBytes, _stretch.EndBytes - at));
                await _store.ReadAsync(_file.Name, at, block, _file.ETag, cancellationToken).ConfigureAwait(false);
                Check(at, block.Span);
                if (sink is not null)
                {
                    await sink(block, cancellationToken).ConfigureAwait(false);
                }

                at += block.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Check(_stretch.EndBytes, []);
    }

    private void Check(long at, ReadOnlySpan<byte> block)
    {
        long end = at + block.Length;
        while (_waiting.TryPeek(out Segment? next) && next.OffsetBytes <= end)
        {
            _open.Add(_waiting.Dequeue());
        }

        foreach (Segment segment in _open)
        {
            long from = Math.Max(at, segment.OffsetBytes);
            long to = Math.Min(end, segment.EndBytes);
            if (from < to)
            {
                segment.Append(block[(int)(from - at)..(int)(to - at)], from);
            }
        }

        foreach (Segment segment in _open.Where(segment => segment.EndBytes <= end))
        {
            if (segment.Complete() is { } fault)
            {
                Faults.Add(new BundleFault(BundleFiles.Describe(_store, _file.Name), fault.OffsetBytes, segment.Part?.ToString(), fault.Reason));
            }
        }

        _open.RemoveAll(segment => segment.EndBytes <= end);
    }

    private List<Segment> FindSegments(IEnumerable<BundlePart> parts)
    {
        List<Segment> segments = [];
        long covered = _stretch.BeginBytes;
        foreach (BundlePart part in parts.OrderBy(part => part.Entry.Data.OffsetBytes).ThenBy(part => part.Entry.Data.EndBytes))
        {
            DataRange data = part.Entry.Data;
            string? fault = data.EndBytes > _file.LengthBytes ? BundleFiles.TooShort(part, _file) : part.SizeFault();
            if (fault is not null)
            {
                Faults.Add(new BundleFault(BundleFiles.Describe(_store, _file.Name), Math.Min(data.OffsetBytes, _file.LengthBytes), part.ToString(), fault));
            }

            if (data.OffsetBytes > covered && covered < _file.LengthBytes)
            {
                segments.Add(Segment.Gap(covered, Math.Min(data.OffsetBytes, _file.LengthBytes)));
            }

            if (fault is null)
            {
                segments.Add(Segment.Of(part, _isBigEndian));
            }

            covered = Math.Max(covered, data.EndBytes);
        }

        if (covered < _stretch.EndBytes)
        {
            segments.Add(Segment.Gap(covered, _stretch.EndBytes));
        }

        return segments;
    }

    /// <summary>A stretch of the file: the bytes of a part, or a gap that no part covers.</summary>
    private sealed class Segment
    {
        private readonly EntryChecker? _checker;
        private long? _strayOffset;

        private Segment(BundlePart? part, EntryChecker? checker, long offsetBytes, long endBytes)
        {
            Part = part;
            _checker = checker;
            OffsetBytes = offsetBytes;
            EndBytes = endBytes;
        }

        public BundlePart? Part { get; }

        public long OffsetBytes { get; }

        public long EndBytes { get; }

        public static Segment Of(BundlePart part, bool isBigEndian) =>
            new(part, EntryChecker.For(part.Entry, isBigEndian), part.Entry.Data.OffsetBytes, part.Entry.Data.EndBytes);

        public static Segment Gap(long offsetBytes, long endBytes) => new(null, null, offsetBytes, endBytes);

        public void Append(ReadOnlySpan<byte> bytes, long offsetBytes)
        {
            if (_checker is not null)
            {
                _checker.Append(bytes);
            }
            else if (_strayOffset is null && bytes.IndexOfAnyExcept((byte)0) is >= 0 and int at)
            {
                _strayOffset = offsetBytes + at;
            }
        }

        public (long OffsetBytes, string Reason)? Complete()
        {
            if (_checker is not null)
            {
                return _checker.Complete(Part!.Entry.Data.Crc32C) is { } reason ? (OffsetBytes, reason) : null;
            }

            if (_strayOffset is { } stray)
            {
                return (stray, $"bytes {OffsetBytes} to {EndBytes} belong to no tensor, and are not zero");
            }

            // A writer that aligns tensors leaves zeros up to the next multiple, so the gap is shorter than some power of two that divides its end.
            long gap = EndBytes - OffsetBytes;
            return gap < (EndBytes & -EndBytes)
                ? null
                : (OffsetBytes, $"bytes {OffsetBytes} to {EndBytes} belong to no tensor, and are more than alignment needs");
        }
    }
}
