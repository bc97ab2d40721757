using System.Net;
using Cairn.Storage.AzureBlobs;

namespace Cairn.Silo.Configuration;

/// <summary>The settings of one silo, section <c>Cairn</c>. <c>SettingTable</c> says the range of each and reads them;
/// an instance made by hand is not checked.</summary>
internal sealed record SiloHostOptions
{
    public const long PageBytesMaxMin = 64L << 20;
    public const long ShardBytesMaxMin = 1L << 20;
    public const long ShardBytesMaxMax = 1L << 30; // A shard is one HTTP body and one list of pages; beyond this a retry costs more than a second partition.
    public const long InFlightBytesMaxMin = 8L << 20;
    public const long ReceivedBytesMaxMin = 1L << 20;

    /// <summary>Where checkpoints live: a folder, or the address of a container.</summary>
    public string Store { get; init; } = "./cairn-store";

    /// <summary>The cluster's name.</summary>
    public string ClusterId { get; init; } = "cairn";

    public ClusteringKind Clustering { get; init; } = ClusteringKind.Localhost;

    /// <summary>The connection string of Redis, for <see cref="ClusteringKind.Redis"/>.</summary>
    public string? Redis { get; init; }

    /// <summary>Where silos reach this one; 0 takes a free port.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>Where Orleans clients reach this silo; 0 takes a free port.</summary>
    public int GatewayPort { get; init; } = 30000;

    /// <summary>The silo that keeps the membership of a localhost cluster; null when it is this one.</summary>
    public IPEndPoint? PrimarySilo { get; init; }

    /// <summary>Where HTTP is served; port 0 takes a free one.</summary>
    public IPEndPoint DataPlane { get; init; } = new(IPAddress.Loopback, 5310);

    /// <summary>The address by which others reach this silo.</summary>
    public IPAddress AdvertisedAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Bytes of pages that the silo may hold.</summary>
    public long PageBytesMax { get; init; } = DefaultPageBytesMax;

    /// <summary>Bytes of bodies that the silo may receive at one time; null takes the default of <c>VariablesOptions</c>.</summary>
    public long? ReceivedBytesMax { get; init; }

    /// <summary>Bytes that may be on their way between pages and store.</summary>
    public long InFlightBytesMax { get; init; } = 64L << 20;

    /// <summary>Whether data files are read back before their checkpoint is committed.</summary>
    public bool ReadBack { get; init; }

    /// <summary>What Azure compares of the bytes it receives.</summary>
    public TransferChecksum TransferChecksum { get; init; } = TransferChecksum.Automatic;

    /// <summary>The widest shard that is accepted.</summary>
    public long ShardBytesMax { get; init; } = 64L << 20;

    /// <summary>How long a graceful stop may take.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromMinutes(6);

    /// <summary>How long of it may be taken to hand shards over to other silos; zero hands nothing over.</summary>
    public TimeSpan HandOverTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The least level that Cairn's own log shows; Orleans and ASP.NET Core are shown from Warning on.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Half of what the process may use, the rest being for copies on write, bodies in flight and everything else.</summary>
    private static long DefaultPageBytesMax => Math.Max(PageBytesMaxMin, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);
}
