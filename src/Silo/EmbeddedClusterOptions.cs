using Cairn.Format.Blobs;
using Microsoft.Extensions.Logging;

namespace Cairn.Silo;

/// <summary>What an <see cref="EmbeddedCluster"/> is made of. Give <see cref="StoreRoot"/> or <see cref="Store"/>.</summary>
public sealed record EmbeddedClusterOptions
{
    /// <summary>The most silos of one embedded cluster; more only share the same cores.</summary>
    public const int SiloCountMax = 8;

    /// <summary>The folder that checkpoints go to; made if it is missing.</summary>
    public string? StoreRoot { get; init; }

    /// <summary>A store to use instead of a folder. It belongs to the caller, who may share it between clusters.</summary>
    public IBlobStore? Store { get; init; }

    /// <summary>The cluster's name, which owns the models in its store: give the same one to find them again. Default <c>cairn</c>.</summary>
    public string ClusterId { get; init; } = "cairn";

    /// <summary>How many silos: 1 to 8, default 1.</summary>
    public int SiloCount { get; init; } = 1;

    /// <summary>Bytes of pages that each silo may hold; default 1 GiB.</summary>
    public long PageBytesMax { get; init; } = 1L << 30;

    /// <summary>Bytes that each silo may have on their way between pages and store; default 64 MiB.</summary>
    public long InFlightBytesMax { get; init; } = 64L << 20;

    /// <summary>Whether each data file is read back and compared before its checkpoint is committed; default no.</summary>
    public bool ReadBack { get; init; }

    /// <summary>The widest shard that is accepted; default 64 MiB.</summary>
    public long ShardBytesMax { get; init; } = 64L << 20;

    /// <summary>The least level that is logged, to standard error; default Warning.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    /// <summary>How long one silo's graceful stop may take; default 30 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A last word on each silo's Orleans settings and services, or null.</summary>
    public Action<ISiloBuilder>? ConfigureSilo { get; init; }
}
