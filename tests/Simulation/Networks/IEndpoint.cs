using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Networks;

/// <summary>Where requests go: an activation that is looked up when the request arrives, and made if need be.</summary>
internal interface IEndpoint
{
    /// <summary>A name that stays the same in every run of the story.</summary>
    string Name { get; }

    /// <summary>A hash of the name.</summary>
    ulong Hash { get; }

    /// <summary>What is remembered of the caller when the request is sent: its placement hint.</summary>
    object? Context(Party caller, Message message);

    /// <summary>The process that serves the request now, and what serves it there. Null when nobody does; then the caller hears so, or hears nothing.</summary>
    (Party Party, object Target)? Resolve(Party caller, object? context);

    /// <summary>What has to end before a request can be served there, or null.</summary>
    Task? Ready(object served);

    /// <summary>A request was served there.</summary>
    void Served(object served, Message message);
}
