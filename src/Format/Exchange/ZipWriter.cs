using System.Text;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Format.Exchange;

/// <summary>Writes a zip archive of stored files, from front to end, as Python's <c>zipfile</c> does for numpy: zip64 in every local header. Names are UTF-8. The
/// checksum of a file stands before it, so it must be known. One caller at a time.</summary>
internal sealed class ZipWriter(BlockUpload upload)
{
    private readonly List<ZipEntry> _entries = [];

    /// <summary>Begins a file; exactly <paramref name="lengthBytes"/> must follow.</summary>
    public async ValueTask BeginAsync(string name, long lengthBytes, uint crc32, CancellationToken cancellationToken)
    {
        ZipEntry entry = new(name, upload.LengthBytes, lengthBytes, lengthBytes, crc32, IsDeflated: false);
        _entries.Add(entry);
        ZipBytes bytes = new();
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        if (utf8.Length > ushort.MaxValue)
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded, $"A name in a zip archive has {ushort.MaxValue} bytes at most; '{name[..80]}...' has {utf8.Length}.");
        }

        bytes.U32(ZipFormat.LocalSignature);
        bytes.U16(ZipFormat.Version64, FlagsOf(name), ZipFormat.Stored, 0, ZipFormat.Date);
        bytes.U32(crc32, uint.MaxValue, uint.MaxValue);
        bytes.U16((ushort)utf8.Length, 20);
        bytes.Append(utf8);
        bytes.U16(ZipFormat.Extra64, 16);
        bytes.U64((ulong)lengthBytes, (ulong)lengthBytes);
        await upload.WriteAsync(bytes.Written, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes bytes of the file that was begun.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => upload.WriteAsync(bytes, cancellationToken);

    /// <summary>Writes the list of files, which ends the archive.</summary>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        long begin = upload.LengthBytes;
        foreach (ZipEntry entry in _entries)
        {
            await upload.WriteAsync(Central(entry), cancellationToken).ConfigureAwait(false);
        }

        long end = upload.LengthBytes;
        await upload.WriteAsync(End(begin, end), cancellationToken).ConfigureAwait(false);
    }

    private static ReadOnlyMemory<byte> Central(ZipEntry entry)
    {
        ZipBytes bytes = new();
        byte[] utf8 = Encoding.UTF8.GetBytes(entry.Name);
        bool isLong = entry.LengthBytes >= uint.MaxValue;
        bool isFar = entry.OffsetBytes >= uint.MaxValue;
        int extraBytes = (isLong ? 16 : 0) + (isFar ? 8 : 0);
        bytes.U32(ZipFormat.CentralSignature);

        // 3: made on Unix, so that the attributes are read as a mode: rw for the owner.
        bytes.U16((3 << 8) | ZipFormat.Version64, ZipFormat.Version64, FlagsOf(entry.Name), ZipFormat.Stored, 0, ZipFormat.Date);
        uint length = isLong ? uint.MaxValue : (uint)entry.LengthBytes;
        bytes.U32(entry.Crc32, length, length);
        bytes.U16((ushort)utf8.Length, (ushort)(extraBytes == 0 ? 0 : extraBytes + 4), 0, 0, 0);
        bytes.U32(0x180u << 16, isFar ? uint.MaxValue : (uint)entry.OffsetBytes);
        bytes.Append(utf8);
        if (extraBytes > 0)
        {
            bytes.U16(ZipFormat.Extra64, (ushort)extraBytes);
            bytes.U64(isLong ? [(ulong)entry.LengthBytes, (ulong)entry.LengthBytes] : []);
            bytes.U64(isFar ? [(ulong)entry.OffsetBytes] : []);
        }

        return bytes.Written;
    }

    private ReadOnlyMemory<byte> End(long begin, long end)
    {
        ZipBytes bytes = new();
        bool is64 = _entries.Count >= ushort.MaxValue || end - begin >= uint.MaxValue || begin >= uint.MaxValue;
        if (is64)
        {
            bytes.U32(ZipFormat.End64Signature);
            bytes.U64(ZipFormat.End64Bytes - 12);
            bytes.U16(ZipFormat.Version64, ZipFormat.Version64);
            bytes.U32(0, 0);
            bytes.U64((ulong)_entries.Count, (ulong)_entries.Count, (ulong)(end - begin), (ulong)begin);
            bytes.U32(ZipFormat.LocatorSignature, 0);
            bytes.U64((ulong)end);
            bytes.U32(1);
        }

        ushort count = (ushort)Math.Min(_entries.Count, ushort.MaxValue);
        bytes.U32(ZipFormat.EndSignature);
        bytes.U16(0, 0, count, count);
        bytes.U32((uint)Math.Min(end - begin, uint.MaxValue), (uint)Math.Min(begin, uint.MaxValue));
        bytes.U16(0);
        return bytes.Written;
    }

    private static ushort FlagsOf(string name) => Ascii.IsValid(name) ? (ushort)0 : ZipFormat.Utf8Flag;
}
