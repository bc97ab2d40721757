using System.Net;
using Cairn.Silo.Configuration;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Cairn.Silo.Hosting;

/// <summary>How Cairn sets Orleans up: tensors live in grains, so nothing may move, shed or idle them away, and a dead
/// silo's grains wait until it has surely stopped.</summary>
internal static class OrleansSettings
{
    /// <summary>Above the longest time in which a silo can be declared dead (20 s × 3 probes), else Orleans computes a dead silo's lease to zero.</summary>
    private static readonly TimeSpan DirectoryLease = TimeSpan.FromSeconds(80);

    /// <summary>Calls waiting for one grain; more are refused rather than queued in memory.</summary>
    private const int EnqueuedRequestsMax = 1000;

    public static void Apply(ISiloBuilder silo, SiloHostOptions options)
    {
        AddClustering(silo, options);

#pragma warning disable ORLEANSEXP003 // The default directory is eventually consistent and may hold two activations of a shard while membership changes.
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        silo.Configure<GrainDirectoryOptions>(o => o.RangeLeaseDuration = DirectoryLease);
        silo.Services.AddSingleton<IConfigurationValidator, DirectoryLeaseValidator>();

        silo.Configure<GrainCollectionOptions>(o =>
        {
            o.EnableActivationSheddingOnMemoryPressure = false;
            o.DeactivationTimeout = TimeSpan.FromMinutes(5); // A shard may be at its last page of an upload.
        });
        silo.Configure<LoadSheddingOptions>(o => o.LoadSheddingEnabled = false);
        silo.Configure<SiloMessagingOptions>(o =>
        {
            o.CancelRequestOnTimeout = true;
            o.MaxEnqueuedRequestsHardLimit = EnqueuedRequestsMax;
        });
        silo.Configure<ClientMessagingOptions>(o => o.CancelRequestOnTimeout = true);
    }

    private static void AddClustering(ISiloBuilder silo, SiloHostOptions options)
    {
        switch (options.Clustering)
        {
            case ClusteringKind.Redis:
                silo.UseRedisClustering(o => o.ConfigurationOptions = ConfigurationOptions.Parse(options.Redis!));
                break;
            default:
                silo.UseDevelopmentClustering(options.PrimarySilo ?? new IPEndPoint(options.AdvertisedAddress, options.SiloPort));
                break;
        }

        silo.Configure<ClusterOptions>(o => o.ServiceId = o.ClusterId = options.ClusterId);
        silo.Configure<EndpointOptions>(o =>
        {
            o.AdvertisedIPAddress = options.AdvertisedAddress;
            o.SiloPort = options.SiloPort;
            o.GatewayPort = options.GatewayPort;
        });
    }
}
