namespace Cairn.Client;

/// <summary>How a client connects, and the limits of what it does. Checked when it is used; all faults are listed at once.</summary>
public sealed class CairnClientOptions
{
    /// <summary>How the silos are found. Default <see cref="ClientClustering.Localhost"/>.</summary>
    public ClientClustering Clustering { get; set; }

    /// <summary>The gateway ports of silos on this machine, for <see cref="ClientClustering.Localhost"/>. Default 30000.</summary>
    public IList<int> GatewayPorts { get; set; } = [30000];

    /// <summary>The connection string of the membership table, for <see cref="ClientClustering.Redis"/>, such as <c>localhost:6379</c>.</summary>
    public string? RedisConnection { get; set; }

    /// <summary>The cluster's id, as its silos have it. Default <c>cairn</c>.</summary>
    public string ClusterId { get; set; } = "cairn";

    /// <summary>Connecting is given up after so long. Default 30 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>One call to the control plane is given up after so long; above the 10 s that a coordinator may hold a call. Default 30 s.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>All tries of one request together are given up after so long. Default 60 s.</summary>
    public TimeSpan RetryTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A transfer slower than this, with 10 s more to begin, is cut off and tried again. Default 1 MiB a second.</summary>
    public long TransferBytesPerSecondMin { get; set; } = 1 << 20;

    /// <summary>How many shards one call moves at the same time. Default 4.</summary>
    public int ParallelTransfersMax { get; set; } = 4;
}
