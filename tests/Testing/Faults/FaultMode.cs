namespace Cairn.Testing.Faults;

/// <summary>What goes wrong at one operation of a <see cref="FaultInjectingBlobStore"/>.</summary>
public enum FaultMode
{
    /// <summary>Nothing: the run only counts.</summary>
    None,

    /// <summary>StoreUnavailable, and nothing was done.</summary>
    FailBefore,

    /// <summary>StoreUnavailable, though it was done: the response was lost.</summary>
    FailAfter,

    /// <summary>StoreFull, and nothing was done.</summary>
    StoreFull,

    /// <summary>AccessDenied, and nothing was done.</summary>
    AccessDenied,

    /// <summary>It waits until <see cref="FaultInjectingBlobStore.Continue"/>, then is done.</summary>
    Delay,

    /// <summary>It is done twice, as when a network repeats a request. The caller sees the second outcome, or the first where the second was refused because
    /// of the first (which the port
    /// promises to tell apart). Beginning and committing an upload happen once: their identity is the upload.</summary>
    Duplicate,

    /// <summary>The process dies: from here on every operation throws <see cref="StoreDiedException"/>, and this one was not done.</summary>
    DieBefore,

    /// <summary>The process dies, but this operation was done.</summary>
    DieAfter,

    /// <summary>One byte of what is read is flipped; other operations are untouched.</summary>
    FlipByte,
}
