using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>Carries out saves, recovery and deletions on the store, in the order of docs/protocol.md, remembering in the record before it acts. Every member may be repeated after a fault.</summary>
/// <remarks>
/// One at a time: callers do not overlap calls. The calls of one save are <see cref="BeginAsync"/>, for each data file that a silo could not write on its condition <see cref="LookAgainAsync"/>,
/// then <see cref="CommitAsync"/> or <see cref="AbortAsync"/>. A fresh coordinator raises the epoch (<see cref="CoordinatorRecord.Enter"/>), then calls <see cref="RecoverAsync"/>.
/// </remarks>
internal sealed class CommitDriver(IBlobStore store, RecordLedger ledger, TimeProvider time, CommitOptions options)
{
    private (IBlobStore, RecordLedger, TimeProvider, CommitOptions) Parts => (store, ledger, time, options);

    /// <summary>Resolves what the record still holds, claims the folder, looks at the prefix, and records the attempt. Then silos write <see cref="SaveAttempt.DataFiles"/>: each at its
    /// <see cref="AttemptFile.Target"/>, on the condition <see cref="AttemptFile.TargetExpected"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: a numbered checkpoint exists (say <c>overwrite</c>), or another model has the folder.
    /// <see cref="CheckpointError.InvalidArgument"/>: the prefix is no name for a checkpoint.</exception>
    public Task<SaveAttempt> BeginAsync(SaveIntent intent, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>A data file's condition failed: looks at the target again, and records what is there as the new condition.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Superseded"/>: the attempt is no longer being written.</exception>
    public Task<SaveAttempt> LookAgainAsync(Guid attempt, string target, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Publishes the checkpoint. When it returns, it is committed, and its request's outcome recorded.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Undecided"/>: it will be committed, but a fault of the store stands in the way: call <see cref="RecoverAsync"/> until it returns, and look at the
    /// request's outcome. <see cref="CheckpointError.Superseded"/>: somebody else's index is there, a file was changed under the commit, or another coordinator took over. Anything else: not committed; abort it.</exception>
    public Task CommitAsync(Guid attempt, SaveContent content, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Gives up an attempt that is being written: removes what it wrote, and records why it failed. Nothing happens if the attempt is already resolved.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Undecided"/>: it is past the point where it may be given up.</exception>
    public Task AbortAsync(Guid attempt, CheckpointError error, string cause, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Finishes or aborts the attempt that the record holds, carries out the deletions that are due, and releases the folders of a tombstone.</summary>
    public Task RecoverAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Carries out the deletions that are due.</summary>
    public Task SweepAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}
