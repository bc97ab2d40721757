using System.Collections.Immutable;
using Cairn.Format.Blobs;

namespace Cairn.Grains.Coordination.Records;

/// <summary>Something to be deleted: an evicted checkpoint, or what an aborted attempt may still leave behind.</summary>
/// <param name="Prefix">The checkpoint.</param>
/// <param name="IndexETag">The index that goes first; null for an aborted attempt, whose entry is dropped if there is any index by then.</param>
/// <param name="Files">The other files. One that was not seen yet is looked for when due, and recorded before it is deleted.</param>
/// <param name="Due">When the files go; the index goes at once.</param>
internal sealed record Deletion(string Prefix, BlobETag? IndexETag, ImmutableArray<FileWriting> Files, DateTimeOffset Due)
{
    /// <summary>True for the same entry, whatever was seen of its files since.</summary>
    public bool IsSame(Deletion other) => Prefix == other.Prefix && IndexETag == other.IndexETag && Due == other.Due;
}
