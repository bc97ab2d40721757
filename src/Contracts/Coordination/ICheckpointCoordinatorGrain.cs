using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;

namespace Cairn.Contracts.Coordination;

/// <summary>The coordinator of one model; its key is the model's name. It decides and never touches tensor bytes.</summary>
/// <remarks>Every member may be repeated. Refusals are <see cref="CheckpointException"/>s that name the model and the remedy;
/// <see cref="CheckpointError.NotFound"/> when the model is not defined.</remarks>
[Alias("cairn.ICheckpointCoordinatorGrain")]
public interface ICheckpointCoordinatorGrain : IGrainWithStringKey
{
    /// <summary>Defines the model and places its shards. A no-op if it is defined the same.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: it is defined otherwise; the message lists the differences.
    /// <see cref="CheckpointError.InvalidArgument"/>, <see cref="CheckpointError.LimitExceeded"/>: the definition is refused, all faults at once.</exception>
    [Alias("Define")]
    Task<ModelDescription> DefineAsync(ModelDefinition definition);

    /// <summary>The definition and where the shards are.</summary>
    [Alias("Describe")]
    Task<ModelDescription> DescribeAsync();

    /// <summary>How the model stands.</summary>
    [Alias("GetStatus")]
    Task<ModelStatus> GetStatusAsync();

    /// <summary>Deletes the model: its live state goes, its checkpoints stay. A namesake starts above its generation.</summary>
    [Alias("Delete")]
    Task DeleteAsync();

    /// <summary>Opens a session, or renews its lease when this incarnation has it open. A namesake's older incarnation is fenced.</summary>
    /// <param name="name">The session's name, unique in the model.</param>
    /// <param name="incarnation">Drawn by the process.</param>
    /// <param name="openStep">The step that the process has open, or null: a coordinator that took over learns it from here. Steps of a session that is not
    /// open are refused with
    /// <see cref="CheckpointError.TryAgain"/>: open it, and try again.</param>
    /// <param name="generation">The generation that the process works in, or null when it joins whichever there is. An older one is refused with
    /// <see cref="CheckpointError.StaleGeneration"/>: its updates are no part of the model any more.</param>
    /// <param name="isQuiet">Whether nobody will ever open this name again, so that it is remembered only while it is open: the SDK's own sessions.</param>
    [Alias("OpenSession")]
    Task<SessionLease> OpenSessionAsync(string name, Guid incarnation, long? openStep = null, long? generation = null, bool isQuiet = false);

    /// <summary>Closes a session. An open step is abandoned.</summary>
    [Alias("CloseSession")]
    Task CloseSessionAsync(Guid incarnation);

    /// <summary>Begins a step. A save holds nobody back. While a restore of some tensors waits for open steps to end, this waits too, at most 10 s, then
    /// refuses with <see cref="CheckpointError.TryAgain"/>.</summary>
    [Alias("BeginStep")]
    Task<StepStamp> BeginStepAsync(StepRequest step);

    /// <summary>Ends a step whose updates are all acknowledged.</summary>
    [Alias("EndStep")]
    Task EndStepAsync(StepRequest step);

    /// <summary>Gives up a step: it is fenced on every shard. Returns true when some shard had applied an update of it, so that it is torn.</summary>
    [Alias("AbandonStep")]
    Task<bool> AbandonStepAsync(StepRequest step);

    /// <summary>Starts a save and returns at once; a repeat of the request returns how it stands.</summary>
    [Alias("StartSave")]
    Task<OperationStatus> StartSaveAsync(SaveRequest request);

    /// <summary>Starts a restore and returns at once; a repeat of the request returns how it stands.</summary>
    [Alias("StartRestore")]
    Task<OperationStatus> StartRestoreAsync(RestoreRequest request);

    /// <summary>Waits until the operation ends, or until <paramref name="patience"/> (at most 10 s) has passed, and says how it stands.</summary>
    [Alias("Wait")]
    Task<OperationStatus> WaitAsync(Guid request, TimeSpan patience);

    /// <summary>The committed checkpoints of a folder of the store, oldest first.</summary>
    [Alias("List")]
    Task<ImmutableArray<CheckpointSummary>> ListAsync(string folder);

    /// <summary>The prefix that the folder's state file names as the latest, if that checkpoint exists; else null.</summary>
    [Alias("Latest")]
    Task<string?> LatestAsync(string folder, string stateFileName);

    /// <summary>Keeps a checkpoint until it is unpinned: retention leaves it, and no save replaces it.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is none. <see cref="CheckpointError.InvalidArgument"/>: it belongs to
    /// another model. <see cref="CheckpointError.TryAgain"/>: it is being saved or deleted.</exception>
    [Alias("Pin")]
    Task PinAsync(string prefix);

    /// <summary>Ends the pin of a checkpoint. Nothing happens if it has none.</summary>
    [Alias("Unpin")]
    Task UnpinAsync(string prefix);

    /// <summary>A silo is about to stop: its shards are handed over to others; where these have no room, the model is saved. Waits until that is done, at
    /// most 10 s, and says how it stands; to be repeated until it is.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="timeLeft">How long it may take; counts from the first call.</param>
    [Alias("DrainSilo")]
    Task<DrainStatus> DrainSiloAsync(SiloAddress silo, TimeSpan timeLeft);

    /// <summary>A fresh activation of a shard reports itself.</summary>
    [Alias("ReportShard")]
    Task ReportShardAsync(ShardReport report);
}
