using Testcontainers.Redis;
using Xunit;

namespace Cairn.Testing.Servers;

/// <summary>A real Redis: in a container where a Docker engine answers, else <c>redis-server</c> from PATH. An xunit class or collection fixture.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
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
        if (await DockerEngine.AnswersAsync().ConfigureAwait(false))
        {
            _container = new RedisBuilder("redis:7-alpine").Build();
            await _container.StartAsync().ConfigureAwait(false);
            _connectionString = _container.GetConnectionString();
        }
        else if (ServerProcess.Find("redis-server") is { } redis)
        {
            int port = ServerProcess.FreePort();
            _process = await ServerProcess.StartAsync(
                redis, ["--bind", "127.0.0.1", "--port", $"{port}", "--save", "", "--appendonly", "no"], port).ConfigureAwait(false);
            _connectionString = $"127.0.0.1:{port}";
        }
        else
        {
            _reason = "There is no Redis: no Docker engine answers, and 'redis-server' is not on PATH (apt-get install redis-server).";
        }
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
