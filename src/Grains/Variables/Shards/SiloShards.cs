using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Transfers;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Variables.Shards;

/// <summary>Everything of variables that one silo holds: its pages, and what grains, writers,
/// loaders and the data plane hand to each other by reference.</summary>
internal sealed class SiloShards
{
    private bool _isDraining;

    /// <summary>Makes an empty silo.</summary>
    public SiloShards(IOptions<VariablesOptions> options, TimeProvider time)
    {
        TimeSpan patience = TimeSpan.FromSeconds(options.Value.UnclaimedSecondsMax);
        Pool = new PagePool(options.Value.PageBytesMax, Sealed.GiveUp);
        Receiving = new ReceiveBudget(options.Value.ReceivedBytesLimit);
        Bodies = new UnclaimedRuns(time, patience);
        Leases = new UnclaimedRuns(time, patience);
    }

    /// <summary>Draws the incarnations of activations. At random, but where a run must be repeatable.</summary>
    public Func<Guid> NewId { get; init; } = Guid.NewGuid;

    /// <summary>Whether the silo is being stopped: it is no place for shards any more.</summary>
    public bool IsDraining { get => Volatile.Read(ref _isDraining); set => Volatile.Write(ref _isDraining, value); }

    /// <summary>The pages.</summary>
    public PagePool Pool { get; }

    /// <summary>The shards in service.</summary>
    public LocalShards Local { get; } = new();

    /// <summary>The versions frozen for saves.</summary>
    public SealedVersions Sealed { get; } = new();

    /// <summary>The loads that wait for their swap.</summary>
    public StagedLoads Staged { get; } = new();

    /// <summary>How much of bodies may be on its way here.</summary>
    public ReceiveBudget Receiving { get; }

    /// <summary>Bodies received for a grain.</summary>
    public UnclaimedRuns Bodies { get; }

    /// <summary>Versions leased to a reader.</summary>
    public UnclaimedRuns Leases { get; }
}
