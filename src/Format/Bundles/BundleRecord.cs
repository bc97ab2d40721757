namespace Cairn.Format.Bundles;

/// <summary>One entry of an index under its own key, as stored: slices stand apart from their tensor.</summary>
/// <param name="Key">The key; that of a slice begins with a zero byte.</param>
/// <param name="Entry">The entry.</param>
/// <param name="OffsetBytes">Where it stands in the index file.</param>
internal sealed record BundleRecord(byte[] Key, BundleEntry Entry, long OffsetBytes);
