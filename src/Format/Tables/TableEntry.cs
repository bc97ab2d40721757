namespace Cairn.Format.Tables;

/// <summary>One key and value of a table.</summary>
/// <param name="Key">The whole key.</param>
/// <param name="Value">The value, in the memory of its block.</param>
/// <param name="OffsetBytes">Where the entry begins in the file; where its block begins, if that is compressed.</param>
internal readonly record struct TableEntry(byte[] Key, ReadOnlyMemory<byte> Value, long OffsetBytes);
