using System.Collections.Concurrent;
using Cairn.Client.Transport;
using Cairn.Contracts.Coordination;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Client;

/// <summary>A connection to a cluster. Thread-safe; one for a process is enough. Disposing it closes its sessions.</summary>
public sealed class CairnClient : IAsyncDisposable
{
    private readonly IGrainFactory _grains;
    private readonly CairnClientOptions _options;
    private readonly IAsyncDisposable? _connection;
    private readonly ConcurrentDictionary<Session, bool> _sessions = new();

    internal CairnClient(IGrainFactory grains, CairnClientOptions options, ILoggerFactory loggers, IAsyncDisposable? connection)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Tensors travel little-endian, from the caller's memory as it is: this machine is big-endian.");
        }

        (_grains, _options, _connection) = (grains, CairnClientOptionsRules.Check(options), connection);
        Logger = loggers.CreateLogger<CairnClient>();
        Retry = new RetryPolicy(options.RetryTimeout, TimeProvider.System, Random.Shared);
        DataPlane = new HttpDataPlane(options.TransferBytesPerSecondMin);
    }

    internal ILogger Logger { get; }

    internal RetryPolicy Retry { get; }

    internal HttpDataPlane DataPlane { get; }

    /// <summary>A client in the process of a silo.</summary>
    /// <param name="services">The silo's services; they stay the caller's.</param>
    public static CairnClient InProcess(IServiceProvider services) => new(
        services.GetRequiredService<IGrainFactory>(),
        new CairnClientOptions(),
        services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
        connection: null);

    /// <summary>Connects to a cluster in other processes.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the options are wrong, all faults listed.
    /// <see cref="CheckpointError.TryAgain"/>: nobody answers.</exception>
    public static async Task<CairnClient> ConnectAsync(CairnClientOptions options, CancellationToken cancellationToken = default)
    {
        ClusterConnection connection = await ClusterConnection.OpenAsync(CairnClientOptionsRules.Check(options), cancellationToken).ConfigureAwait(false);
        return new CairnClient(connection.Grains, options, NullLoggerFactory.Instance, connection);
    }

    /// <summary>Begins to say what a model is made of. Nothing is sent.</summary>
    public Model Model(string name) => new(this, name);

    /// <summary>Takes the definition that the cluster has of a model.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: no such model.</exception>
    public async Task<Model> OpenModelAsync(string name, CancellationToken cancellationToken = default)
    {
        Model model = Model(name);
        await model.AdoptAsync(cancellationToken).ConfigureAwait(false);
        return model;
    }

    /// <summary>Closes the sessions and, when this client made it, the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Session session in _sessions.Keys)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }

        DataPlane.Dispose();
        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal CoordinatorCalls CallsTo(string model) => new(_grains.GetGrain<ICheckpointCoordinatorGrain>(model), _options.CallTimeout, Retry);

    internal TensorTransport TransportOf(ModelRoutes routes) =>
        new(new ShardTransport(_grains, DataPlane, _options.CallTimeout, Retry, routes), _options.ParallelTransfersMax);

    internal void Track(Session session) => _sessions.TryAdd(session, true);

    internal void Forget(Session session) => _sessions.TryRemove(session, out _);
}
