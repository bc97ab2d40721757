using System.Buffers;
using System.Buffers.Binary;
using Cairn.Format.Checksums;
using Cairn.Format.Tables;

namespace Cairn.Format.Tests.Hardening;

/// <summary>Tables out of payloads of any kind, with the right checksums: what is inside can be damaged while the outside is sound.</summary>
internal static class TableFile
{
    /// <summary>The payload of the block of a table that has one data block.</summary>
    public static byte[] PayloadOf(byte[] file)
    {
        TableFooter footer = TableFooter.Read(file, "t");
        BlockHandle data = new TableReader(file, "t").ReadHandle(new TableReader(file, "t").ReadBlock(footer.Index)[0]);
        return file.AsSpan((int)data.OffsetBytes, (int)data.LengthBytes).ToArray();
    }

    /// <summary>A table of data blocks, as they are or called compressed.</summary>
    public static byte[] Of(byte type, params byte[][] payloads)
    {
        var file = new ArrayBufferWriter<byte>();
        var index = new BlockBuilder(restartInterval: 1);
        var handle = new ArrayBufferWriter<byte>();
        for (int i = 0; i < payloads.Length; i++)
        {
            handle.ResetWrittenCount();
            WriteBlock(file, payloads[i], type).Write(handle);
            index.Add([0xFF, (byte)i], handle.WrittenSpan);
        }

        return Complete(file, index.Finish().ToArray());
    }

    /// <summary>A table whose index block is <paramref name="indexPayload"/>.</summary>
    public static byte[] WithIndex(byte[] dataPayload, byte[] indexPayload)
    {
        var file = new ArrayBufferWriter<byte>();
        WriteBlock(file, dataPayload, TableFormat.TypeRaw);
        return Complete(file, indexPayload);
    }

    private static byte[] Complete(ArrayBufferWriter<byte> file, byte[] indexPayload)
    {
        BlockHandle metaindex = WriteBlock(file, new BlockBuilder(1).Finish().ToArray(), TableFormat.TypeRaw);
        BlockHandle index = WriteBlock(file, indexPayload, TableFormat.TypeRaw);
        var footer = new ArrayBufferWriter<byte>();
        metaindex.Write(footer);
        index.Write(footer);
        byte[] magic = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(magic, TableFormat.Magic);
        return [.. file.WrittenSpan, .. footer.WrittenSpan, .. new byte[TableFormat.FooterHandleBytes - footer.WrittenCount], .. magic];
    }

    private static BlockHandle WriteBlock(ArrayBufferWriter<byte> file, byte[] payload, byte type)
    {
        var handle = new BlockHandle(file.WrittenCount, payload.Length);
        byte[] checksum = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32C.Mask(Crc32C.Append(0, [.. payload, type])));
        file.Write([.. payload, type, .. checksum]);
        return handle;
    }
}
