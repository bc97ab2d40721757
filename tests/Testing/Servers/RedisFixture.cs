using Testcontainers.Redis;
using Xunit;

namespace Cairn.Testing.Servers;

/// <summary>A real Redis: in a container where a Docker engine answers, else, or where its image
/// cannot be had, <c>redis-server</c> from PATH. An xunit class or collection fixture.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private const string Image = "redis:7-alpine";

    private ServerProcess? _process;
    private RedisContainer? _container;
    private string? _connectionString;
    private string _reason = "Redis was not started.";

    /// <summary>Host and port, in StackExchange.Redis' form; ends the test where there is no Redis.</summary>
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

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        string docker = "no Docker engine answers";
        if (await DockerEngine.AnswersAsync().ConfigureAwait(false))
        {
            RedisContainer container = new RedisBuilder(Image).Build();
            if (await DockerEngine.TryStartAsync(container).ConfigureAwait(false) is not { } fault)
            {
                _container = container;
                _connectionString = container.GetConnectionString();
                return;
            }

            docker = $"the Docker engine runs no '{Image}' ({fault})";
        }

        if (ServerProcess.Find("redis-server") is { } redis)
        {
            int port = ServerProcess.FreePort();
            _process = await ServerProcess.StartAsync(
                redis, ["--bind", "127.0.0.1", "--port", $"{port}", "--save", "", "--appendonly", "no"], port).ConfigureAwait(false);
            _connectionString = $"127.0.0.1:{port}";
            return;
        }

        _reason = $"There is no Redis: {docker}, and 'redis-server' is not on PATH (apt-get install redis-server).";
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
}
