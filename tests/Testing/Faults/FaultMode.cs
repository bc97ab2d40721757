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

    /// <summary>It waits until <see cref="FaultInjectingBlobStore.Continue"/>, then is done.</summary>
    Delay,

    /// <summary>It is done twice, as when a network repeats a request; the caller sees the outcome of the second. A commit is no such request: its repetition is FailAfter and a retry.</summary>
    Duplicate,

    /// <summary>The process dies: from here on every operation throws <see cref="StoreDiedException"/>, and this one was not done.</summary>
    DieBefore,

    /// <summary>The process dies, but this operation was done.</summary>
    DieAfter,

    /// <summary>One byte of what is read is flipped; other operations are untouched.</summary>
    FlipByte,
}
