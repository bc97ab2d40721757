using System.Reflection;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Shards;
using Cairn.Simulation.Engine;
using Cairn.Simulation.Networks;
using Orleans;

namespace Cairn.Simulation.Clusters;

/// <summary>What Orleans calls a grain factory: gives the shards and coordinators of a cluster to one process.</summary>
internal class SimGrainFactory : DispatchProxy
{
    private readonly Dictionary<(Type, string), object> _known = [];
    private SimCluster _cluster = null!;
    private Party _caller = null!;

    /// <summary>Makes one.</summary>
    public static IGrainFactory Make(SimCluster cluster, Party caller)
    {
        IGrainFactory factory = Create<IGrainFactory, SimGrainFactory>();
        var made = (SimGrainFactory)factory;
        (made._cluster, made._caller) = (cluster, caller);
        return factory;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Type grain = targetMethod!.GetGenericArguments().FirstOrDefault() ?? typeof(object);
        string key = args?[0] as string ?? throw new NotSupportedException($"{targetMethod.Name} is not asked for in a story.");
        if (!_known.TryGetValue((grain, key), out object? proxy))
        {
            proxy = grain == typeof(IVariableGrain) ? GrainProxy.Make<IVariableGrain>(_cluster.Network, _caller, _cluster.Shard(key))
                : grain == typeof(ICheckpointCoordinatorGrain)
                    ? GrainProxy.Make<ICheckpointCoordinatorGrain>(_cluster.Network, _caller, _cluster.Coordinator(key))
                    : throw new NotSupportedException($"No {grain.Name} is in a story.");
            _known.Add((grain, key), proxy);
        }

        return proxy;
    }
}
