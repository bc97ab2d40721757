using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Grains.Variables.Shards;
using Cairn.Simulation.Engine;
using Cairn.Simulation.Networks;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Cairn.Simulation.Clusters;

/// <summary>One shard, whichever activation serves it: the directory's entry of it, and what Orleans does around it.</summary>
internal sealed class ShardEndpoint(SimCluster cluster, string key) : IEndpoint
{
    private readonly Dictionary<object, Activation> _all = [];
    private Activation? _entry;

    /// <inheritdoc/>
    public string Name => key;

    /// <inheritdoc/>
    public ulong Hash { get; } = Chance.Of(key);

    /// <summary>The shard.</summary>
    public ShardId Shard { get; } = ShardId.Parse(key);

    /// <summary>The silo that the directory names, or null.</summary>
    public SimSilo? Silo => _entry?.Silo;

    /// <summary>Whether two activations of it are alive.</summary>
    public bool IsActiveTwice => _all.Values.Count(activation => activation is { Silo.Party.IsDead: false, IsOver: false }) > 1;

    /// <summary>The directory forgets the activation, which goes on.</summary>
    public void Forget() => _entry = null;

    /// <inheritdoc/>
    public object? Context(Party caller, Message message) => RequestContext.Get(IPlacementDirector.PlacementHintKey);

    /// <inheritdoc/>
    public (Party Party, object Target)? Resolve(Party caller, object? context)
    {
        if (_entry is { Silo.GivenUpAt: not null })
        {
            _entry = null;
        }

        if (_entry is null)
        {
            SimSilo? chosen = cluster.Place(context as SiloAddress, Chance.Mix(Hash, (ulong)cluster.Network.Pump.Now));
            if (chosen is null || chosen.Party.IsDead || chosen.Party.IsFrozen)
            {
                return null;
            }

            Activate(chosen);
        }

        return (_entry!.Silo.Party, _entry.Shard);
    }

    /// <inheritdoc/>
    public Task? Ready(object served) => null;

    /// <inheritdoc/>
    public void Served(object served, Message message)
    {
        Activation activation = _all[served];
        if (message.Name is "Report" or "Admit" or "ConfirmEpoch")
        {
            activation.IsExpected = true;
        }
        else if (!activation.IsExpected || message.Name == "Retire")
        {
            activation.Shard.FreePages();
            activation.IsOver = true;
            _entry = _entry == activation ? null : _entry;
        }
    }

    private void Activate(SimSilo silo)
    {
        VariableShard shard = new(Shard, silo.NewId(), silo.Shards, silo.Address, silo);
        _entry = new Activation(silo, shard);
        _all.Add(shard, _entry);
        silo.Party.Start(() => silo.Grains.GetGrain<ICheckpointCoordinatorGrain>(Shard.Model).ReportShardAsync(shard.Report()));
    }

    private sealed class Activation(SimSilo silo, VariableShard shard)
    {
        public SimSilo Silo { get; } = silo;

        public VariableShard Shard { get; } = shard;

        public bool IsExpected { get; set; }

        public bool IsOver { get; set; }
    }
}
