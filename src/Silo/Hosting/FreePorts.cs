using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Cairn.Silo.Hosting;

/// <summary>Chooses free TCP ports for Orleans, which takes a number and cannot be given a bound socket.</summary>
/// <remarks>Between the choice and Orleans' own bind another process may take the port; the starter then chooses again.
/// Inside this process a port is lent to one silo at a time.</remarks>
internal static class FreePorts
{
    private const int TriesMax = 100;
    private static readonly ConcurrentDictionary<int, byte> Lent = new();

    /// <summary>Lends a port that is free on <paramref name="address"/>. Give it back with <see cref="Return"/>.</summary>
    public static int Lend(IPAddress address)
    {
        for (int i = 0; i < TriesMax; i++)
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            if (Lent.TryAdd(port, 0))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free TCP port was found on {address} in {TriesMax} tries.");
    }

    public static void Return(int port) => Lent.TryRemove(port, out _);

    /// <summary>Why no listener could be bound now, or null.</summary>
    public static SocketError? FindFault(IPEndPoint endpoint)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
