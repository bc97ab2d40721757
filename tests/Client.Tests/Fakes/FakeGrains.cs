using System.Reflection;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Shards;

namespace Cairn.Client.Tests.Fakes;

/// <summary>A grain factory that hands out one coordinator and shards from a dictionary. Everything else is refused.</summary>
public class FakeGrains : DispatchProxy
{
    private FakeCoordinator _coordinator = null!;

    internal static IGrainFactory Of(FakeCoordinator coordinator)
    {
        IGrainFactory grains = Create<IGrainFactory, FakeGrains>();
        ((FakeGrains)grains)._coordinator = coordinator;
        return grains;
    }

    protected override object Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Type kind = targetMethod!.ReturnType;
        return kind switch
        {
            _ when kind == typeof(ICheckpointCoordinatorGrain) => _coordinator,
            _ when kind == typeof(IVariableGrain) => _coordinator.Shard((string)args![0]!),
            _ => throw new NotSupportedException(targetMethod.ToString()),
        };
    }
}
