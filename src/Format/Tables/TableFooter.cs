using System.Buffers.Binary;
using Cairn.Format.Errors;

namespace Cairn.Format.Tables;

/// <summary>The last 48 bytes of a table: where its metaindex and index blocks are.</summary>
/// <param name="Metaindex">Always an empty block in a bundle; readers never need it.</param>
/// <param name="Index">The block whose values are the handles of the data blocks.</param>
/// <param name="HandleBytes">How many of the forty bytes the two handles take; the rest is zero padding.</param>
internal readonly record struct TableFooter(BlockHandle Metaindex, BlockHandle Index, int HandleBytes)
{
    /// <summary>Reads the footer of the table <paramref name="file"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: too short, no magic, or handles that point outside the file.</exception>
    public static TableFooter Read(ReadOnlySpan<byte> file, string fileName) => Read(file, fileName, file.Length);

    /// <summary>Reads the footer from the end of a table.</summary>
    /// <param name="tail">The last bytes of the file.</param>
    /// <param name="fileName">For messages.</param>
    /// <param name="fileBytes">The length of the whole file.</param>
    /// <exception cref="CheckpointException">As for the whole file.</exception>
    public static TableFooter Read(ReadOnlySpan<byte> tail, string fileName, long fileBytes)
    {
        if (tail.Length < TableFormat.FooterBytes)
        {
            throw CheckpointException.Corrupt(fileName, 0, $"file is too short to be an sstable ({fileBytes} bytes)");
        }

        long begin = fileBytes - TableFormat.FooterBytes;
        if (BinaryPrimitives.ReadUInt64LittleEndian(tail[^sizeof(ulong)..]) != TableFormat.Magic)
        {
            throw CheckpointException.Corrupt(
                fileName, fileBytes - sizeof(ulong), "not an sstable (bad magic number); the file is truncated or is not a checkpoint index");
        }

        ReadOnlySpan<byte> handles = tail[^TableFormat.FooterBytes..][..TableFormat.FooterHandleBytes];
        if (!BlockHandle.TryRead(handles, begin, out BlockHandle metaindex, out int first)
            || !BlockHandle.TryRead(handles[first..], begin, out BlockHandle index, out int second))
        {
            throw CheckpointException.Corrupt(fileName, begin, "bad block handle in the footer; the file is truncated or damaged");
        }

        return new TableFooter(metaindex, index, first + second);
    }
}
