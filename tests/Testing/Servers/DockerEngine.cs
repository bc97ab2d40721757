using System.Net.Sockets;

namespace Cairn.Testing.Servers;

/// <summary>Whether containers can be started here: the engine is asked, since a client without one proves nothing.</summary>
internal static class DockerEngine
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);

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
}
