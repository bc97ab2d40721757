namespace Cairn.Format.Blobs;

/// <summary>How a deletion ended.</summary>
public enum BlobDeletion
{
    /// <summary>The blob is gone, by this call.</summary>
    Deleted,

    /// <summary>There was no such blob.</summary>
    Absent,

    /// <summary>The blob is another writing than the expected one, and was left alone.</summary>
    Changed,
}
