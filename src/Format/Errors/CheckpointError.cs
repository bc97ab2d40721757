namespace Cairn.Format.Errors;

/// <summary>What kind of refusal a <see cref="CheckpointException"/> is: what the caller can do about it. Appended to, never renumbered: HTTP and the wire
/// carry it.</summary>
public enum CheckpointError
{
    /// <summary>The request itself is wrong; nothing was changed. Mend it and ask again.</summary>
    InvalidArgument = 1,

    /// <summary>No such checkpoint, key, model, variable or file.</summary>
    NotFound = 2,

    /// <summary>The name is taken, and the request did not say that it may be replaced.</summary>
    AlreadyExists = 3,

    /// <summary>Bytes are damaged: a checksum, a length or a structure is wrong. Never retried.</summary>
    Corrupt = 4,

    /// <summary>The file is sound, but of a kind that Cairn does not read (V1 checkpoints, unknown versions).</summary>
    Unsupported = 5,

    /// <summary>A limit would be passed; the message names the option.</summary>
    LimitExceeded = 6,

    /// <summary>The variable holds no value yet: initialise it, or restore a checkpoint.</summary>
    Uninitialised = 7,

    /// <summary>The request belongs to a generation that a restore has ended.</summary>
    StaleGeneration = 8,

    /// <summary>The step was ended, abandoned or never begun.</summary>
    StaleStep = 9,

    /// <summary>The other side is not ready for this yet (a newer generation or epoch, an unadmitted shard): try again shortly.</summary>
    TryAgain = 10,

    /// <summary>The operation was given up; the message says what it waited for. Nothing of it is visible.</summary>
    Aborted = 11,

    /// <summary>The outcome is not known yet: the commit goes on; poll it.</summary>
    Undecided = 12,

    /// <summary>The store refuses the credentials or the permission.</summary>
    AccessDenied = 13,

    /// <summary>The store has no room left.</summary>
    StoreFull = 14,

    /// <summary>The store does not answer, or answers with a passing fault, after all retries.</summary>
    StoreUnavailable = 15,

    /// <summary>Somebody else changed what this writer meant to change: a newer coordinator, another cluster, a foreign file.</summary>
    Superseded = 16,
}
