using System.Net.Sockets;
using DotNet.Testcontainers.Containers;

namespace Cairn.Testing.Servers;

/// <summary>Whether containers can be started here: the engine is asked, since a client without one proves nothing.</summary>
internal static class DockerEngine
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);

    // The image may have to be fetched first.
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(3);

    /// <summary>True if the local engine answers a ping.</summary>
    public static async Task<bool> AnswersAsync()
    {
        string host = Environment.GetEnvironmentVariable("DOCKER_HOST") ?? "unix:///var/run/docker.sock";
        if (!host.StartsWith("unix://", StringComparison.Ordinal) || !File.Exists(host["unix://".Length..]))
        {
            return false;
        }

        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(host["unix://".Length..]), token).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { Timeout = AnswerMax };
        try
        {
            return (await client.GetAsync(new Uri("http://docker/_ping")).ConfigureAwait(false)).IsSuccessStatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Starts a container, and gives null; or gives the reason why it does not run, such as an image that cannot be had, and removes it.</summary>
    public static async Task<string?> TryStartAsync(IContainer container)
    {
        using var limit = new CancellationTokenSource(StartMax);
        try
        {
            await container.StartAsync(limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception fault)
        {
            // Whatever the engine, the registry or the library says: the local server may serve instead, and else the test tells it.
            await container.DisposeAsync().ConfigureAwait(false);
            return fault.Message.ReplaceLineEndings(" ");
        }
    }
}
