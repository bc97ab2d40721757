using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Transfers;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Variables.Shards;

/// <summary>Everything of variables that one silo holds: its pages, and what grains, writers,
/// loaders and the data plane hand to each other by reference.</summary>
internal sealed class SiloShards(IOptions<VariablesOptions> options, TimeProvider time)
{
    /// <summary>The pages.</summary>
    public PagePool Pool { get; } = new(options.Value.PageBytesMax);

    /// <summary>The shards in service.</summary>
    public LocalShards Local { get; } = new();

    /// <summary>The versions frozen for saves.</summary>
    public SealedVersions Sealed { get; } = new();

    /// <summary>The loads that wait for their swap.</summary>
    public StagedLoads Staged { get; } = new();

    /// <summary>Bodies received for a grain.</summary>
    public UnclaimedRuns Bodies { get; } = new(time, TimeSpan.FromSeconds(options.Value.UnclaimedSecondsMax));

    /// <summary>Versions leased to a reader.</summary>
    public UnclaimedRuns Leases { get; } = new(time, TimeSpan.FromSeconds(options.Value.UnclaimedSecondsMax));
}
