using System.Net;
using System.Net.Sockets;
using Cairn.Silo.Configuration;
using Cairn.Testing;

namespace Cairn.Silo.Tests;

/// <summary>The command as a user meets it: in a process of its own.</summary>
public sealed class SiloCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cairn-silo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Command_WithoutSettingsButPorts_PrintsWhereItListensAndStopsGracefully()
    {
        await using SiloProcess silo = SiloProcess.Launch(["--silo-port", "0", "--gateway-port", "0", "--data-plane", "http://localhost:0"], _folder);
        await silo.WaitUntilReadyAsync();

        Assert.Contains($"store        {Path.Combine(_folder, "cairn-store")}", silo.Output, StringComparison.Ordinal);
        Assert.Contains("samples/Quickstart", silo.Output, StringComparison.Ordinal);
        Assert.Equal(3, new HashSet<int> { silo.DataPlane.Port, silo.Gateway.Port, silo.Endpoint.Port }.Count);
        using var http = new HttpClient { BaseAddress = silo.DataPlane };
        Assert.Equal("ok\n", await http.GetStringAsync("/health/live"));

        Assert.Equal(0, await silo.StopAsync());
        Assert.EndsWith("Stopped.", silo.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain("Orleans.Runtime.Silo[", silo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Orleans.Runtime.Watchdog[", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_ManyWrongSettings_ListsAllOfThemAndExitsWith2()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "appsettings.json"), """{ "Cairn": { "GatewayPort": 70000, "Stroe": "x" } }""");
        var variables = new Dictionary<string, string> { ["Cairn__PageBytesMax"] = "1MiB" };
        await using SiloProcess silo = SiloProcess.Launch(["--silo-port", "abc", "--Cairn:Clustering=Redis", "--stoer", "y"], _folder, variables);

        Assert.Equal(2, await silo.WaitForEndAsync());
        string[] expected =
        [
            "6 things are wrong",
            "--stoer is not an option; nearest: '--store'",
            "Cairn:GatewayPort (--gateway-port): '70000' is not a whole number from 0 to 65535.",
            "Cairn:Stroe is not a setting; nearest: 'Cairn:Store'",
            "Cairn:PageBytesMax (--page-bytes-max): '1MiB' is outside 64 MiB to 16 TiB.",
            "Cairn:SiloPort (--silo-port): 'abc' is not a whole number from 0 to 65535.",
            "Clustering=Redis needs the connection string",
        ];
        Assert.All(expected, text => Assert.Contains(text, silo.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_PortsInUse_NamesEachAndTheRemedy()
    {
        using Socket first = Listen(out int siloPort), second = Listen(out int httpPort);
        await using SiloProcess silo = SiloProcess.Launch(
            ["--silo-port", $"{siloPort}", "--gateway-port", "0", "--data-plane", $"http://127.0.0.1:{httpPort}"], _folder);

        Assert.Equal(2, await silo.WaitForEndAsync());
        Assert.Contains($"Cairn:SiloPort (--silo-port): port {siloPort} of 127.0.0.1 is in use", silo.Output, StringComparison.Ordinal);
        Assert.Contains($"Cairn:DataPlane (--data-plane): port {httpPort} of 127.0.0.1 is in use", silo.Output, StringComparison.Ordinal);
        Assert.Contains("0 takes a free one", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_StoreIsAFile_IsRefusedWithTheRemedy()
    {
        string file = Path.Combine(_folder, "taken");
        await File.WriteAllTextAsync(file, "");
        await using SiloProcess silo = SiloProcess.Launch(["--store", file], _folder);

        Assert.Equal(2, await silo.WaitForEndAsync());
        Assert.Contains($"Cairn:Store (--store): '{file}' is a file; a store is a folder.", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_StoreCannotBeWritten_IsRefusedWithTheRemedy()
    {
        await using SiloProcess silo = SiloProcess.Launch(
            ["--store", "/proc/cairn-store", "--silo-port", "0", "--gateway-port", "0", "--data-plane", "http://127.0.0.1:0"], _folder);

        Assert.Equal(2, await silo.WaitForEndAsync());
        Assert.Contains("the store '/proc/cairn-store' cannot be written", silo.Output, StringComparison.Ordinal);
        Assert.Contains("or name another store", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_RedisDoesNotAnswer_IsRefusedWithTheRemedy()
    {
        using Socket socket = Listen(out int port);
        socket.Close();
        await using SiloProcess silo = SiloProcess.Launch(
            ["--clustering", "Redis", "--redis", $"127.0.0.1:{port},password=secret",
                "--silo-port", "0", "--gateway-port", "0", "--data-plane", "http://127.0.0.1:0"], _folder);

        Assert.Equal(2, await silo.WaitForEndAsync());
        Assert.Contains($"Cairn:Redis (--redis): 127.0.0.1:{port} did not let the silo in", silo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_Help_ListsEverySettingWithItsDefault()
    {
        await using SiloProcess silo = SiloProcess.Launch(["--help"], _folder);

        Assert.Equal(0, await silo.WaitForEndAsync());
        Assert.All(SettingTable.All, setting =>
        {
            Assert.Contains($"--{setting.Switch} VALUE   [{setting.Key}]", silo.Output, StringComparison.Ordinal);
            Assert.Contains($"Default: {setting.Default}. Example: --{setting.Switch}", silo.Output, StringComparison.Ordinal);
        });
    }

    private static Socket Listen(out int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return socket;
    }
}
