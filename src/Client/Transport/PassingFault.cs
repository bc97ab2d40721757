using System.Net.Sockets;
using Orleans.Runtime;

namespace Cairn.Client.Transport;

/// <summary>Tells failures that may pass by themselves from those that will not.</summary>
internal static class PassingFault
{
    /// <summary>Whether the same request may succeed if it is sent again.</summary>
    public static bool Is(Exception failure, CancellationToken cancellationToken) => !cancellationToken.IsCancellationRequested && failure switch
    {
        CheckpointException refusal => refusal.Error == CheckpointError.TryAgain,
        HttpRequestException or IOException or SocketException or TimeoutException => true,
        OrleansException => true,
        OperationCanceledException => true, // Not by our caller: an activation that began on a silo that was ending.
        _ => false,
    };

    /// <summary>What the caller is told when the tries are used up.</summary>
    public static CheckpointException AsRefusal(Exception failure, TimeSpan timeout) => new(
        CheckpointError.TryAgain, $"Given up after {timeout.TotalSeconds:0.#} s (RetryTimeout): {failure.Message}", failure);
}
