namespace Cairn.Testing;

/// <summary>What a <see cref="SiloProcessCluster"/> is made of.</summary>
public sealed record SiloProcessClusterOptions
{
    /// <summary>The store's address, the same for all silos.</summary>
    public required string Store { get; init; }

    /// <summary>How many silos to start.</summary>
    public int SiloCount { get; init; } = 3;

    /// <summary>The cluster's name; a cluster that shall find the models of an earlier one needs the same.</summary>
    public string ClusterId { get; init; } = $"test-{Guid.NewGuid():N}";

    /// <summary>The connection string of Redis; null for localhost clustering through the first silo.</summary>
    public string? Redis { get; init; }

    /// <summary>More of each silo's command line.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment variables to add to each silo's.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();
}
