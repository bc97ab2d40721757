using System.Collections.Concurrent;
using System.Reflection;
using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Networks;

/// <summary>A kind of request: a method of a grain or service interface, and how its answer is carried.</summary>
internal sealed class Message
{
    private static readonly ConcurrentDictionary<MethodInfo, Message> Known = new();
    private static readonly MethodInfo SendOf = typeof(Network).GetMethod(nameof(Network.SendAsync))!;

    private readonly Func<Network, Party, IEndpoint, Message, object?[], Task> _send;

    private Message(MethodInfo method)
    {
        Method = method;
        Name = method.Name.EndsWith("Async", StringComparison.Ordinal) ? method.Name[..^"Async".Length] : method.Name;
        Hash = Chance.Of(Name);
        Type answer = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : typeof(bool);
        _send = SendOf.MakeGenericMethod(answer).CreateDelegate<Func<Network, Party, IEndpoint, Message, object?[], Task>>();
    }

    /// <summary>The method of the interface.</summary>
    public MethodInfo Method { get; }

    /// <summary>Its name without <c>Async</c>.</summary>
    public string Name { get; }

    /// <summary>A hash of the name.</summary>
    public ulong Hash { get; }

    /// <summary>The kind of a method.</summary>
    public static Message Of(MethodInfo method) => Known.GetOrAdd(method, static method => new Message(method));

    /// <summary>Sends a request.</summary>
    public Task Send(Network network, Party caller, IEndpoint target, object?[] arguments) => _send(network, caller, target, this, arguments);
}
