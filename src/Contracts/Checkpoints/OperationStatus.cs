using Cairn.Format.Errors;

namespace Cairn.Contracts.Checkpoints;

/// <summary>How a save or restore stands.</summary>
/// <param name="Request">The caller's id of it.</param>
/// <param name="Phase">Where it is.</param>
/// <param name="Prefix">The checkpoint's prefix in the store, with the step.</param>
/// <param name="DoneBytes">Bytes moved so far.</param>
/// <param name="TotalBytes">Bytes to move.</param>
/// <param name="Generation">The generation saved, or begun by a restore.</param>
/// <param name="Error">The kind of failure, or null.</param>
/// <param name="Message">What it waits for, what went wrong, or what is to be known of what it did; or null.</param>
[GenerateSerializer, Immutable, Alias("cairn.OperationStatus")]
public sealed record OperationStatus(
    [property: Id(0)] Guid Request,
    [property: Id(1)] OperationPhase Phase,
    [property: Id(2)] string Prefix,
    [property: Id(3)] long DoneBytes,
    [property: Id(4)] long TotalBytes,
    [property: Id(5)] long Generation,
    [property: Id(6)] CheckpointError? Error,
    [property: Id(7)] string? Message)
{
    /// <summary>True when it ended, well or not.</summary>
    public bool IsDone => Phase is OperationPhase.Succeeded or OperationPhase.Failed;
}
