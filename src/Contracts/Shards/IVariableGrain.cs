using Cairn.Format.Errors;

namespace Cairn.Contracts.Shards;

/// <summary>One shard of one variable; its key is a <see cref="Models.ShardId"/>. All changes happen in its turns, so there are no locks. It moves bytes and
/// never
/// decides.</summary>
/// <remarks>
/// Refusals are <see cref="CheckpointException"/>s: <see cref="CheckpointError.StaleGeneration"/> for an older generation,
/// <see cref="CheckpointError.TryAgain"/>
/// for a newer one, for an unadmitted activation, for one that is being handed over and for another incarnation; <see cref="CheckpointError.StaleStep"/> for a step before the cut or below the
/// session's newest; <see cref="CheckpointError.Superseded"/> for an older epoch; <see cref="CheckpointError.LimitExceeded"/> when the silo's pages, the
/// shard's
/// frozen versions, its sessions or the operations of a step are used up; <see cref="CheckpointError.Aborted"/> for a seal of a cut that is passed, and a
/// swap of
/// a load that is not staged (any more).
/// </remarks>
[Alias("cairn.IVariableGrain")]
public interface IVariableGrain : IGrainWithStringKey
{
    /// <summary>Says who this activation is. The first call makes it.</summary>
    [Alias("Report")]
    Task<ShardReport> ReportAsync();

    /// <summary>Takes the shard into service. Repeating it for the same incarnation and generation changes nothing.</summary>
    [Alias("Admit")]
    Task<ShardReport> AdmitAsync(ShardAdmission admission);

    /// <summary>Confirms the epoch of a fresh coordinator: an open cut and all frozen versions are dropped, older epochs refused from now on.</summary>
    [Alias("ConfirmEpoch")]
    Task<ShardReport> ConfirmEpochAsync(long epoch);

    /// <summary>Applies an update once. Returns false when its id was applied before.</summary>
    [Alias("Apply")]
    Task<bool> ApplyAsync(ShardUpdate update);

    /// <summary>Reads a range of at most <see cref="ShardUpdate.InlineBytesMax"/>; longer ranges go over the data plane.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Uninitialised"/>: the part holds no value yet.</exception>
    [Alias("Read")]
    Task<ReadOnlyMemory<byte>> ReadAsync(ShardRead read);

    /// <summary>Refuses a session from now on, and says whether an update of its step was applied here.</summary>
    [Alias("Fence")]
    Task<bool> FenceAsync(Guid session, long step, long epoch);

    /// <summary>Ends a cut in O(1): freezes the state at it, or lets go of it. Repeating it changes nothing.</summary>
    [Alias("Seal")]
    Task<SealReceipt> SealAsync(SealTicket ticket);

    /// <summary>Ends a cut if it is open, and lets go of what was frozen at it. A seal of it that comes late is refused. Repeating it changes nothing.</summary>
    /// <param name="snapshot">What the cut's seal named, or would have named.</param>
    /// <param name="cut">The cut.</param>
    /// <param name="epoch">The coordinator's epoch.</param>
    /// <param name="incarnation">The activation that it is meant for.</param>
    [Alias("Release")]
    Task ReleaseAsync(Guid snapshot, long cut, long epoch, Guid incarnation);

    /// <summary>Begins a new generation, with the values that a load staged on this silo. The sessions remembered are forgotten.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Aborted"/>: nothing is staged under the load (any more): load again.</exception>
    [Alias("Swap")]
    Task<ShardReport> SwapAsync(SwapTicket ticket);

    /// <summary>Stops serving, so that another silo can take the shard over, and says what it is. Repeating it changes nothing.</summary>
    /// <param name="handOver">Drawn for this hand-over.</param>
    /// <param name="epoch">The coordinator's epoch.</param>
    /// <param name="incarnation">The activation that it is meant for.</param>
    [Alias("HandOver")]
    Task<ShardParcel> HandOverAsync(Guid handOver, long epoch, Guid incarnation);

    /// <summary>Gives a hand-over up: the activation serves again. Repeating it changes nothing.</summary>
    [Alias("Resume")]
    Task ResumeAsync(Guid handOver, long epoch, Guid incarnation);

    /// <summary>Ends the activation that was handed over.</summary>
    [Alias("Leave")]
    Task LeaveAsync(Guid handOver, long epoch, Guid incarnation);

    /// <summary>Takes the shard out of service and frees its pages: the model is deleted.</summary>
    [Alias("Retire")]
    Task RetireAsync(long epoch);
}
