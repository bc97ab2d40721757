namespace Cairn.Storage.Local;

/// <summary>How a <see cref="LocalBlobStore"/> treats its folder.</summary>
public sealed class LocalBlobStoreOptions
{
    /// <summary>Whether links in the store may lead out of it. Default: false, as names may come from requests. For a folder that the user of a command
    /// names, true.</summary>
    public bool FollowsLinksOutside { get; init; }

    /// <summary>Whether what was written is dropped from the system's cache once it is durable, so that whoever reads it back reads the disk. Linux only;
    /// elsewhere it changes nothing. Default: false.</summary>
    public bool DropsWrittenFromCache { get; init; }

    /// <summary>The clock of the files' times. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
