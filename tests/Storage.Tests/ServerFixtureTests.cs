using System.Net.Sockets;
using System.Text;
using Cairn.Testing.Servers;

namespace Cairn.Storage.Tests;

/// <summary>The servers that other test projects lean on answer.</summary>
public sealed class ServerFixtureTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Redis_Ping_Answers()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string[] address = redis.ConnectionString.Split(',')[0].Split(':');
        using var client = new TcpClient();
        await client.ConnectAsync(address[0], int.Parse(address[1], System.Globalization.CultureInfo.InvariantCulture), deadline.Token);
        NetworkStream stream = client.GetStream();

        await stream.WriteAsync("PING\r\n"u8.ToArray(), deadline.Token);
        byte[] answer = new byte[7];
        await stream.ReadExactlyAsync(answer, deadline.Token);

        Assert.Equal("+PONG\r\n", Encoding.ASCII.GetString(answer));
    }
}
