using System.Reflection;

namespace Cairn.Simulation.Networks;

/// <summary>What a process holds of a grain or service in another one: each call of the interface becomes a request in the network.</summary>
internal class GrainProxy : DispatchProxy
{
    private Network _network = null!;
    private Engine.Party _caller = null!;
    private IEndpoint _target = null!;

    /// <summary>Makes one.</summary>
    public static T Make<T>(Network network, Engine.Party caller, IEndpoint target)
        where T : class
    {
        T proxy = Create<T, GrainProxy>();
        var made = (GrainProxy)(object)proxy;
        (made._network, made._caller, made._target) = (network, caller, target);
        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Message message = Message.Of(targetMethod!);
        return message.Send(_network, _caller, _target, args ?? []);
    }
}
