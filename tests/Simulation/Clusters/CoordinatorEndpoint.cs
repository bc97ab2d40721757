using Cairn.Simulation.Engine;
using Cairn.Simulation.Networks;

namespace Cairn.Simulation.Clusters;

/// <summary>The coordinator of one model, whichever activation serves: the directory's entry of it.</summary>
internal sealed class CoordinatorEndpoint(SimCluster cluster, string model) : IEndpoint
{
    private readonly Dictionary<object, CoordinatorActivation> _all = [];
    private CoordinatorActivation? _entry;

    /// <inheritdoc/>
    public string Name { get; } = $"coordinator of {model}";

    /// <inheritdoc/>
    public ulong Hash { get; } = Chance.Of("coordinator of " + model);

    /// <summary>The silo that the directory names, or null.</summary>
    public SimSilo? Silo => _entry?.Silo;

    /// <summary>The directory forgets the activation, which goes on as long as it does not notice.</summary>
    public void Forget() => _entry = null;

    /// <inheritdoc/>
    public object? Context(Party caller, Message message) => null;

    /// <inheritdoc/>
    public (Party Party, object Target)? Resolve(Party caller, object? context)
    {
        if (_entry is { Silo.GivenUpAt: not null } or { IsOver: true })
        {
            _entry = null;
        }

        if (_entry is null)
        {
            SimSilo? chosen = cluster.Place(null, Chance.Mix(Hash, (ulong)cluster.Network.Pump.Now));
            if (chosen is null || chosen.Party.IsDead || chosen.Party.IsFrozen)
            {
                return null;
            }

            _entry = new CoordinatorActivation(chosen, model);
            _all.Add(_entry.Coordinator, _entry);
            _entry.Begin();
        }

        return (_entry.Silo.Party, _entry.Coordinator);
    }

    /// <inheritdoc/>
    public Task? Ready(object served) => _all[served].Entering;

    /// <inheritdoc/>
    public void Served(object served, Message message)
    {
    }
}
