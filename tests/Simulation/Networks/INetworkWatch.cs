using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Networks;

/// <summary>Sees everything in the network.</summary>
internal interface INetworkWatch
{
    /// <summary>A request is sent. Returns what becomes of it.</summary>
    Fate Sends(Party caller, IEndpoint target, Message message, object?[] arguments, Fate fate);

    /// <summary>Whether no message comes through now from one process to another.</summary>
    bool IsCut(Party caller, Party party);

    /// <summary>A request has arrived and is about to be served: the <paramref name="count"/>-th that was sent of its kind from there to there.</summary>
    void Arrives(Party caller, IEndpoint target, Message message, object?[] arguments, Party party, object served, int count);

    /// <summary>A request is served, and its answer is not there at once.</summary>
    void Waits(Party party, IEndpoint target, Message message, Task answer);

    /// <summary>A request was served.</summary>
    void Answers(
        Party caller, IEndpoint target, Message message, object?[] arguments, Party party, object served, object? answer, Exception? refusal, Fate fate);
}
