namespace Cairn.Client;

/// <summary>What makes <see cref="CairnClientOptions"/> usable.</summary>
internal static class CairnClientOptionsRules
{
    private static readonly TimeSpan TimeoutMax = TimeSpan.FromHours(1);

    /// <summary>Above the 10 s for which a coordinator may hold a call.</summary>
    private static readonly TimeSpan CallTimeoutMin = TimeSpan.FromSeconds(12);

    /// <summary>Returns the options, or lists every fault.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>.</exception>
    public static CairnClientOptions Check(CairnClientOptions options)
    {
        string[] faults = [.. FaultsOf(options)];
        return faults.Length == 0
            ? options
            : throw new CheckpointException(CheckpointError.InvalidArgument, "The client's options are wrong: " + string.Join("; ", faults) + ".");
    }

    private static IEnumerable<string> FaultsOf(CairnClientOptions options)
    {
        if (!Enum.IsDefined(options.Clustering))
        {
            yield return $"Clustering is {options.Clustering}, not Localhost or Redis";
        }

        if (options.Clustering == ClientClustering.Localhost && (options.GatewayPorts.Count == 0 || options.GatewayPorts.Any(port => port is < 1 or > 65535)))
        {
            yield return $"GatewayPorts is [{string.Join(',', options.GatewayPorts)}]; give at least one port from 1 to 65535";
        }

        if (options.Clustering == ClientClustering.Redis && string.IsNullOrWhiteSpace(options.RedisConnection))
        {
            yield return "RedisConnection is empty; Clustering=Redis needs it, such as localhost:6379";
        }

        if (string.IsNullOrWhiteSpace(options.ClusterId))
        {
            yield return "ClusterId is empty; give the id that the silos have";
        }

        foreach ((string name, TimeSpan value, TimeSpan min) in new[]
        {
            (nameof(options.ConnectTimeout), options.ConnectTimeout, TimeSpan.FromSeconds(1)),
            (nameof(options.CallTimeout), options.CallTimeout, CallTimeoutMin),
            (nameof(options.RetryTimeout), options.RetryTimeout, TimeSpan.FromSeconds(1)),
        })
        {
            if (value < min || value > TimeoutMax)
            {
                yield return $"{name} is {value}, outside {min} to {TimeoutMax}";
            }
        }

        if (options.TransferBytesPerSecondMin is < 1024 or > 1L << 40)
        {
            yield return $"TransferBytesPerSecondMin is {options.TransferBytesPerSecondMin}, outside 1024 to 2^40";
        }

        if (options.ParallelTransfersMax is < 1 or > 64)
        {
            yield return $"ParallelTransfersMax is {options.ParallelTransfersMax}, outside 1 to 64";
        }
    }
}
