using System.Reflection;
using Cairn.Contracts.Shards;

namespace Cairn.Grains.Tests.Coordination.Routing;

/// <summary>A grain factory whose shards answer reports, if they are to, and nothing else.</summary>
public class SilentShards : DispatchProxy
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    private IVariableGrain? _shard;
    private SilentShards? _owner;

    /// <summary>What a shard says when it is asked for a report; null for silence.</summary>
    public ShardReport? Report { get; set; }

    internal static (IGrainFactory Grains, SilentShards Shards) Create()
    {
        IGrainFactory grains = Create<IGrainFactory, SilentShards>();
        var shards = (SilentShards)grains;
        IVariableGrain shard = Create<IVariableGrain, SilentShards>();
        shards._shard = shard;
        ((SilentShards)shard)._owner = shards;
        return (grains, shards);
    }

    protected override object Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.ReturnType == typeof(IVariableGrain))
        {
            return _shard!;
        }

        if (targetMethod.Name == nameof(IVariableGrain.ReportAsync))
        {
            return _owner!.Report is { } report ? Task.FromResult(report) : new TaskCompletionSource<ShardReport>().Task;
        }

        return targetMethod.ReturnType == typeof(Task<bool>) ? new TaskCompletionSource<bool>().Task : Never;
    }
}
