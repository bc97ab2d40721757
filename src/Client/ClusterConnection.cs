using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using StackExchange.Redis;

namespace Cairn.Client;

/// <summary>An Orleans client of its own, in a host of its own.</summary>
internal sealed class ClusterConnection(IHost host) : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    public IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Connects, or says who did not answer.</summary>
    public static async Task<ClusterConnection> OpenAsync(CairnClientOptions options, CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => Configure(client, options));
        IHost host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken).WaitAsync(options.ConnectTimeout, cancellationToken).ConfigureAwait(false);
            return new ClusterConnection(host);
        }
        catch (Exception failure)
        {
            host.Dispose();
            if (failure is OperationCanceledException && cancellationToken.IsCancellationRequested)
            {
                throw;
            }

            throw new CheckpointException(CheckpointError.TryAgain,
                $"No silo of cluster '{options.ClusterId}' answered within {options.ConnectTimeout.TotalSeconds:0.#} s at {PlaceOf(options)}: " +
                    $"{failure.Message}", failure);
        }
    }

    /// <summary>Says to Orleans what the options say.</summary>
    public static void Configure(IClientBuilder client, CairnClientOptions options)
    {
        client.Configure<ClusterOptions>(cluster => cluster.ServiceId = cluster.ClusterId = options.ClusterId);
        client.Configure<ClientMessagingOptions>(messaging => (messaging.ResponseTimeout, messaging.CancelRequestOnTimeout) = (options.CallTimeout, true));
        client.UseConnectionRetryFilter(new ConnectionRetryFilter(options.ConnectTimeout));
        if (options.Clustering == ClientClustering.Redis)
        {
            client.UseRedisClustering(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(options.RedisConnection!));
        }
        else
        {
            client.UseStaticClustering([.. options.GatewayPorts.Select(port => new IPEndPoint(IPAddress.Loopback, port))]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var timer = new CancellationTokenSource(StopTimeout);
        await host.StopAsync(timer.Token).ConfigureAwait(false);
        host.Dispose();
    }

    private static string PlaceOf(CairnClientOptions options) =>
        options.Clustering == ClientClustering.Redis ? "the gateways listed in Redis" : $"localhost, gateway ports {string.Join(", ", options.GatewayPorts)}";

    private sealed class ConnectionRetryFilter(TimeSpan timeout) : IClientConnectionRetryFilter
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

        private readonly long _start = TimeProvider.System.GetTimestamp();

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            if (TimeProvider.System.GetElapsedTime(_start) + Pause >= timeout)
            {
                return false;
            }

            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
            return true;
        }
    }
}
