namespace Cairn.Storage.Local;

/// <summary>How a <see cref="LocalBlobStore"/> treats its folder.</summary>
public sealed class LocalBlobStoreOptions
{
    /// <summary>Whether links in the store may lead out of it. Default: false, as names may come from requests. For a folder that the user of a command
    /// names, true.</summary>
    public bool FollowsLinksOutside { get; init; }

    /// <summary>The clock of the files' times. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
