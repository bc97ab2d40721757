using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Cairn.Chaos.Proxies;

/// <summary>Stands between the silos and the store, on the loopback address, and does to their requests what <see cref="FaultChoice"/> draws.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly IPEndPoint _store;
    private readonly FaultChoice _choice;
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<ProxyConnection, Task> _connections = [];
    private readonly Lock _lock = new();
    private TcpListener? _listener;

    private FaultProxy(IPEndPoint store, FaultChoice choice) => (_store, _choice) = (store, choice);

    /// <summary>Where clients reach it.</summary>
    public IPEndPoint Endpoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Begins to listen on a free port.</summary>
    public static FaultProxy Start(IPEndPoint store, FaultChoice choice)
    {
        var proxy = new FaultProxy(store, choice);
        proxy.Listen();
        return proxy;
    }

    /// <summary>Makes the weather. While nobody answers, connections are refused and the open ones are cut.</summary>
    public void Set(Weather weather)
    {
        _choice.Weather = weather;
        lock (_lock)
        {
            if (weather == Weather.Refusing)
            {
                _listener?.Stop();
                _listener = null;
                foreach (ProxyConnection connection in _connections.Keys)
                {
                    connection.Cut();
                }
            }
            else if (_listener is null)
            {
                Listen();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener?.Stop();
        await Task.WhenAll(_connections.Values).WaitAsync(TimeSpan.FromSeconds(10));
        _closing.Dispose();
    }

    private void Listen()
    {
        var listener = new TcpListener(Endpoint);
        listener.Start();
        Endpoint = (IPEndPoint)listener.LocalEndpoint;
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptSocketAsync(_closing.Token);
                var connection = new ProxyConnection(client, _store, _choice);
                Task serving = ServeAsync(connection);
                _connections[connection] = serving;
                if (serving.IsCompleted)
                {
                    _connections.TryRemove(connection, out _);
                }
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Nobody shall be let in any more.
        }
    }

    private async Task ServeAsync(ProxyConnection connection)
    {
        await Task.Yield();
        using (connection)
        {
            await connection.ServeAsync(_closing.Token);
        }

        _connections.TryRemove(connection, out _);
    }
}
