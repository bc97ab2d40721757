namespace Cairn.Client.Transport;

/// <summary>A range of a tensor's bytes.</summary>
internal readonly record struct ByteRange(long OffsetBytes, long LengthBytes);
