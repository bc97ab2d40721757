using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Format.Exchange;

/// <summary>Reads the list of files at the end of a zip archive, and where the bytes of one begin.</summary>
/// <param name="store">Where the archive is.</param>
/// <param name="archive">The archive.</param>
/// <param name="label">The archive in messages.</param>
internal sealed class ZipDirectory(IBlobStore store, BlobProperties archive, string label)
{
    /// <summary>The longest list that is read: room for about a million files.</summary>
    private const int CentralBytesMax = 256 << 20;

    /// <summary>The end of an archive may carry a comment of 64 KiB.</summary>
    private const int TailBytesMax = ZipFormat.EndBytes + ushort.MaxValue + ZipFormat.LocatorBytes;

    /// <summary>All files, in their order.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: it is no archive, or damaged. <see cref="CheckpointError.Unsupported"/>: a
    /// file is encrypted, or compressed by other means than deflate.</exception>
    public async ValueTask<ImmutableArray<ZipEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        (long offset, long length, long count) = await FindCentralAsync(cancellationToken).ConfigureAwait(false);
        if (length > CentralBytesMax || offset < 0 || length < 0 || offset > archive.LengthBytes - length)
        {
            throw Damaged(offset, $"its list of files would have {length} bytes");
        }

        byte[] central = new byte[length];
        await store.ReadAsync(archive.Name, offset, central, archive.ETag, cancellationToken).ConfigureAwait(false);
        ImmutableArray<ZipEntry>.Builder entries = ImmutableArray.CreateBuilder<ZipEntry>();
        int at = 0;
        while (entries.Count < count)
        {
            entries.Add(ParseCentral(central, ref at, offset));
        }

        return entries.ToImmutable();
    }

    /// <summary>Where the bytes of a file begin: behind its local header, whose length only it knows.</summary>
    public async ValueTask<long> DataOffsetAsync(ZipEntry entry, CancellationToken cancellationToken)
    {
        byte[] local = new byte[ZipFormat.LocalBytes];
        if (entry.OffsetBytes > archive.LengthBytes - local.Length)
        {
            throw Damaged(entry.OffsetBytes, $"'{entry.Name}' would begin after its end");
        }

        await store.ReadAsync(archive.Name, entry.OffsetBytes, local, archive.ETag, cancellationToken).ConfigureAwait(false);
        long data = entry.OffsetBytes + local.Length + U16(local, 26) + U16(local, 28);
        return U32(local, 0) == ZipFormat.LocalSignature && data <= archive.LengthBytes - entry.PackedBytes
            ? data
            : throw Damaged(entry.OffsetBytes, $"'{entry.Name}' does not begin here, or ends after the archive");
    }

    private async ValueTask<(long Offset, long Length, long Count)> FindCentralAsync(CancellationToken cancellationToken)
    {
        byte[] tail = new byte[Math.Min(TailBytesMax, archive.LengthBytes)];
        long tailOffset = archive.LengthBytes - tail.Length;
        await store.ReadAsync(archive.Name, tailOffset, tail, archive.ETag, cancellationToken).ConfigureAwait(false);
        int end = FindEnd(tail);
        if (end < 0)
        {
            throw Damaged(archive.LengthBytes, "no zip archive ends so");
        }

        (long offset, long length, long count) = (U32(tail, end + 16), U32(tail, end + 12), U16(tail, end + 10));
        int locator = end - ZipFormat.LocatorBytes;
        bool is64 = offset == uint.MaxValue || length == uint.MaxValue || count == ushort.MaxValue;
        if (!is64 || locator < 0 || U32(tail, locator) != ZipFormat.LocatorSignature)
        {
            return (offset, length, count);
        }

        byte[] end64 = new byte[ZipFormat.End64Bytes];
        long end64Offset = I64(tail, locator + 8);
        if (end64Offset < 0 || end64Offset > archive.LengthBytes - end64.Length)
        {
            throw Damaged(tailOffset + locator, "its zip64 end is not where it should be");
        }

        await store.ReadAsync(archive.Name, end64Offset, end64, archive.ETag, cancellationToken).ConfigureAwait(false);
        return U32(end64, 0) == ZipFormat.End64Signature
            ? (I64(end64, 48), I64(end64, 40), I64(end64, 32))
            : throw Damaged(end64Offset, "its zip64 end is not where it should be");
    }

    private static int FindEnd(ReadOnlySpan<byte> tail)
    {
        for (int at = tail.Length - ZipFormat.EndBytes; at >= 0; at--)
        {
            if (U32(tail, at) == ZipFormat.EndSignature && at + ZipFormat.EndBytes + U16(tail, at + 20) == tail.Length)
            {
                return at;
            }
        }

        return -1;
    }

    private ZipEntry ParseCentral(ReadOnlySpan<byte> central, ref int at, long offsetBytes)
    {
        ReadOnlySpan<byte> rest = central[at..];
        if (rest.Length < ZipFormat.CentralBytes || U32(rest, 0) != ZipFormat.CentralSignature)
        {
            throw Damaged(offsetBytes + at, "its list of files ends too early");
        }

        int extraAt = ZipFormat.CentralBytes + U16(rest, 28);
        int end = extraAt + U16(rest, 30) + U16(rest, 32);
        if (end > rest.Length)
        {
            throw Damaged(offsetBytes + at, "its list of files ends too early");
        }

        ReadOnlySpan<byte> name = rest[ZipFormat.CentralBytes..extraAt];
        int method = U16(rest, 10);
        if ((U16(rest, 8) & ZipFormat.EncryptedFlag) != 0 || method is not (ZipFormat.Stored or ZipFormat.Deflated))
        {
            throw new CheckpointException(
                CheckpointError.Unsupported, $"'{Encoding.UTF8.GetString(name)}' in '{label}' is encrypted or not compressed by deflate; write it anew.");
        }

        (long length, long packed, long local) = Sizes64(rest, rest.Slice(extraAt, U16(rest, 30)));
        if (length < 0 || packed < 0 || local < 0 || (method == ZipFormat.Stored && packed != length))
        {
            throw Damaged(offsetBytes + at, $"the lengths of '{Encoding.UTF8.GetString(name)}' contradict each other");
        }

        at += end;
        return new ZipEntry(Encoding.UTF8.GetString(name), local, packed, length, U32(rest, 16), method == ZipFormat.Deflated);
    }

    private static (long Length, long Packed, long Local) Sizes64(ReadOnlySpan<byte> central, ReadOnlySpan<byte> extra)
    {
        long[] sizes = [U32(central, 24), U32(central, 20), U32(central, 42)];
        while (extra.Length >= 4)
        {
            int fieldBytes = Math.Min(U16(extra, 2), extra.Length - 4);
            ReadOnlySpan<byte> field = extra.Slice(4, fieldBytes);
            for (int number = 0; U16(extra, 0) == ZipFormat.Extra64 && number < sizes.Length; number++)
            {
                if (sizes[number] == uint.MaxValue && field.Length >= sizeof(long))
                {
                    sizes[number] = I64(field, 0);
                    field = field[sizeof(long)..];
                }
            }

            extra = extra[(4 + fieldBytes)..];
        }

        return (sizes[0], sizes[1], sizes[2]);
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private CheckpointException Damaged(long offsetBytes, string reason) => CheckpointException.Corrupt(label, offsetBytes, reason);
}
