using System.Net;
using System.Net.Sockets;

namespace Cairn.Testing.Servers;

/// <summary>A network between a client and a server on this machine that flips one bit wherever a mark passes: in the last byte of the mark, as often as it
/// is told to. The bytes of a request or answer are otherwise as they were, their headers too.</summary>
public sealed class FlippingProxy : IAsyncDisposable
{
    private const byte Bit = 0x10;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _mark;
    private readonly int _serverPort;
    private readonly Task _accepting;
    private int _upLeft;
    private int _downLeft;
    private int _flips;

    /// <summary>Begins to listen.</summary>
    /// <param name="serverPort">Where the server is.</param>
    /// <param name="mark">What it looks for; no byte of it may be another's beginning (all are different).</param>
    public FlippingProxy(int serverPort, byte[] mark)
    {
        _serverPort = serverPort;
        _mark = mark;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>How many bits were flipped.</summary>
    public int Flips => Volatile.Read(ref _flips);

    /// <summary>Flips the next marks that go to the server.</summary>
    public void FlipUp(int count) => Volatile.Write(ref _upLeft, count);

    /// <summary>Flips the next marks that come from the server.</summary>
    public void FlipDown(int count) => Volatile.Write(ref _downLeft, count);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token).ConfigureAwait(false)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            await server.ConnectAsync(IPAddress.Loopback, _serverPort, _stop.Token).ConfigureAwait(false);
            Task up = PumpAsync(client, server, isUp: true);
            Task down = PumpAsync(server, client, isUp: false);
            await Task.WhenAny(up, down).ConfigureAwait(false);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool isUp)
    {
        byte[] buffer = new byte[64 << 10];
        int matched = 0;
        for (int count; (count = await from.GetStream().ReadAsync(buffer, _stop.Token).ConfigureAwait(false)) > 0;)
        {
            for (int i = 0; i < count; i++)
            {
                matched = buffer[i] == _mark[matched] ? matched + 1 : buffer[i] == _mark[0] ? 1 : 0;
                if (matched == _mark.Length)
                {
                    matched = 0;
                    buffer[i] ^= isUp ? Take(ref _upLeft) : Take(ref _downLeft);
                }
            }

            await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token).ConfigureAwait(false);
        }
    }

    private byte Take(ref int left)
    {
        if (Interlocked.Decrement(ref left) < 0)
        {
            Interlocked.Increment(ref left);
            return 0;
        }

        Interlocked.Increment(ref _flips);
        return Bit;
    }
}
