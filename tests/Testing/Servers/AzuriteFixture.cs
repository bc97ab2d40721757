using System.Text.RegularExpressions;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using Xunit;

namespace Cairn.Testing.Servers;

/// <summary>A real Azurite: in a container where <c>CAIRN_AZURITE_IMAGE</c> names its image and a Docker engine can run it, else the npm
/// package (<c>AZURITE</c>, PATH or <c>node_modules/.bin</c>). An xunit class or collection fixture.</summary>
public sealed partial class AzuriteFixture : IAsyncLifetime
{
    private const int PortInContainer = 10000;
    private const string Account = "devstoreaccount1";

    // Azurite's well-known account key: every installation has it, and it opens nothing else.
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly string[] Switches = ["--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence", "--silent"];

    private ServerProcess? _process;
    private IContainer? _container;
    private string? _connectionString;
    private string _reason = "Azurite was not started.";

    /// <summary>How to reach it; ends the test where there is no Azurite.</summary>
    public string ConnectionString
    {
        get
        {
            if (_connectionString is null)
            {
                Needs.Unmet(_reason);
            }

            return _connectionString!;
        }
    }

    /// <summary>The port of this machine that it serves; ends the test where there is no Azurite.</summary>
    public int Port => int.Parse(BlobPort().Match(ConnectionString).Value, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>How to reach it through something that listens at another port of this machine.</summary>
    public string ConnectionStringThrough(int port)
    {
        _ = ConnectionString;
        return ConnectionStringOf("127.0.0.1", port);
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        string docker = "CAIRN_AZURITE_IMAGE names no image for a Docker engine";
        if (Environment.GetEnvironmentVariable("CAIRN_AZURITE_IMAGE") is { Length: > 0 } image)
        {
            string? fault = await TryStartContainerAsync(image).ConfigureAwait(false);
            if (fault is null)
            {
                return;
            }

            docker = $"no Docker engine runs the image of CAIRN_AZURITE_IMAGE, '{image}' ({fault})";
        }

        if (FindNpmPackage() is { } azurite)
        {
            int port = ServerProcess.FreePort();
            _process = await ServerProcess.StartAsync(
                azurite.Command, [.. azurite.Arguments, "--blobHost", "127.0.0.1", "--blobPort", $"{port}", .. Switches], port).ConfigureAwait(false);
            _connectionString = ConnectionStringOf("127.0.0.1", port);
            return;
        }

        _reason = $"There is no Azurite: {docker}, and 'azurite-blob' is neither in AZURITE, nor on PATH, nor in node_modules/.bin "
            + "(npm install -g azurite).";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process?.Dispose();
        if (_container is not null)
        {
            await _container.DisposeAsync().ConfigureAwait(false);
        }
    }

    [GeneratedRegex(@"(?<=BlobEndpoint=http://[^:/]+:)\d+", RegexOptions.CultureInvariant)]
    private static partial Regex BlobPort();

    private static string ConnectionStringOf(string host, int port) =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint=http://{host}:{port}/{Account};";

    // npm's blob-only program: the queue and table servers of 'azurite' would each want a port too.
    private static (string Command, string[] Arguments)? FindNpmPackage()
    {
        string? given = Environment.GetEnvironmentVariable("AZURITE") is { Length: > 0 } path ? path : null;
        string? program = given ?? ServerProcess.Find("azurite-blob") ?? FindInNodeModules();
        return program is null ? null : Path.GetExtension(program) == ".js" ? ("node", [program]) : (program, []);
    }

    private static string? FindInNodeModules()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "node_modules", ".bin", OperatingSystem.IsWindows() ? "azurite-blob.cmd" : "azurite-blob");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    private async Task<string?> TryStartContainerAsync(string image)
    {
        if (!await DockerEngine.AnswersAsync().ConfigureAwait(false))
        {
            return "none answers";
        }

        IContainer container = new ContainerBuilder(image)
            .WithPortBinding(PortInContainer, assignRandomHostPort: true)
            .WithCommand(["azurite-blob", "--blobHost", "0.0.0.0", .. Switches])
            .WithWaitStrategy(Wait.ForUnixContainer().UntilInternalTcpPortIsAvailable(PortInContainer))
            .Build();
        if (await DockerEngine.TryStartAsync(container).ConfigureAwait(false) is { } fault)
        {
            return fault;
        }

        _container = container;
        _connectionString = ConnectionStringOf(container.Hostname, container.GetMappedPublicPort(PortInContainer));
        return null;
    }
}
