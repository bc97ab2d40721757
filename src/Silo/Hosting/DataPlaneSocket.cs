using System.Net;
using System.Net.Sockets;
using Cairn.Grains;

namespace Cairn.Silo.Hosting;

/// <summary>The listening socket of the data plane. It is bound before Orleans starts, so that the silo never joins a cluster
/// without an address to hand out; Kestrel takes it over.</summary>
internal sealed class DataPlaneSocket : IDataPlaneAddress, IDisposable
{
    private const int Backlog = 512;
    private readonly Socket _socket;

    private DataPlaneSocket(Socket socket, IPAddress advertised)
    {
        _socket = socket;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        bool isAny = EndPoint.Address.Equals(IPAddress.Any) || EndPoint.Address.Equals(IPAddress.IPv6Any);
        Address = new Uri($"http://{new IPEndPoint(isAny ? advertised : EndPoint.Address, EndPoint.Port)}");
    }

    /// <summary>What is bound, with the real port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>What clients reach.</summary>
    public Uri Address { get; }

    public Uri? Current => Address;

    /// <summary>Binds and listens: who connects before Kestrel accepts waits in the backlog.</summary>
    /// <exception cref="SocketException">The port is in use, or the address is not of this machine.</exception>
    public static DataPlaneSocket Listen(IPEndPoint endpoint, IPAddress advertised)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            socket.Listen(Backlog);
            return new DataPlaneSocket(socket, advertised);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The socket for Kestrel, which disposes it when it stops.</summary>
    public Socket ForKestrel() => _socket;

    public void Dispose() => _socket.Dispose();
}
