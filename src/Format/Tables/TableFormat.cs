namespace Cairn.Format.Tables;

/// <summary>The constants of the table file, and the limits of reading one.</summary>
/// <remarks><code>
/// table  = data-block* metaindex-block index-block footer
/// block  = payload, u8 type (0 raw, 1 Snappy), fixed32 masked crc32c(payload, type)
/// footer = metaindex handle, index handle, zeros up to 40 bytes, magic (8)
/// </code>Source: tensorflow/core/lib/io/format.h, table_options.h.</remarks>
internal static class TableFormat
{
    /// <summary>A data block ends when its payload reaches this (TensorFlow's option for bundles).</summary>
    public const int BlockBytes = 262_144;

    /// <summary>Entries between two restart points of a data block.</summary>
    public const int RestartInterval = 16;

    /// <summary>The footer, always the last bytes of the file.</summary>
    public const int FooterBytes = 48;

    /// <summary>The two handles of the footer with their zero padding.</summary>
    public const int FooterHandleBytes = 40;

    /// <summary>The last eight bytes, little-endian.</summary>
    public const ulong Magic = 0xDB4775248B80FB57;

    /// <summary>The type byte of a block stored as it is.</summary>
    public const byte TypeRaw = 0;

    /// <summary>The type byte of a block stored in Snappy's raw format.</summary>
    public const byte TypeSnappy = 1;

    /// <summary>The longest index file read or written. About ten million tensors: an index is held in memory whole.</summary>
    public const int FileBytesMax = 1 << 30;

    /// <summary>The most bytes that the decompressed blocks, and again the keys, of one table may take: shared key prefixes and Snappy both let a small file
    /// ask for much memory.</summary>
    public const long ContentBytesMax = 1L << 30;

    /// <summary>The keys of a block may take so many times its length: twice what restart points at every 16th entry allow.</summary>
    public const int KeyExpansionMax = 32;

    /// <summary>What the keys of any block may take beyond that.</summary>
    public const int KeyBytesSpare = 1 << 16;

    /// <summary>No Snappy element yields more than 64 bytes from 3, so a longer claim is damage and no memory is asked for it.</summary>
    public const int SnappyExpansionMax = 22;
}
