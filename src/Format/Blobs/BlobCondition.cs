namespace Cairn.Format.Blobs;

/// <summary>What must hold of a blob's name at the instant of a write for the write to happen.</summary>
public readonly record struct BlobCondition
{
    private BlobCondition(bool mustBeAbsent, BlobETag? mustMatch)
    {
        MustBeAbsent = mustBeAbsent;
        MustMatch = mustMatch;
    }

    /// <summary>Always writes.</summary>
    public static BlobCondition None { get; } = default;

    /// <summary>Writes only if no blob has the name.</summary>
    public static BlobCondition IfAbsent { get; } = new(true, null);

    /// <summary>True for <see cref="IfAbsent"/>.</summary>
    public bool MustBeAbsent { get; }

    /// <summary>The ETag the blob must have, or null.</summary>
    public BlobETag? MustMatch { get; }

    /// <summary>Writes only if the blob still is the writing named <paramref name="etag"/>.</summary>
    public static BlobCondition IfMatch(BlobETag etag) => new(false, etag);

    /// <summary>The condition that a blob is as it was seen: <see cref="IfAbsent"/> for null.</summary>
    public static BlobCondition IfStill(BlobETag? etag) => etag is { } match ? IfMatch(match) : IfAbsent;

    /// <summary>Whether it holds where <paramref name="standing"/> is the blob's ETag, or null if there is no blob.</summary>
    public bool Holds(BlobETag? standing) => MustBeAbsent ? standing is null : MustMatch is not { } match || match == standing;
}
