namespace Cairn.Client;

/// <summary>How a client finds the silos.</summary>
public enum ClientClustering
{
    /// <summary>By the gateway ports of silos on this machine.</summary>
    Localhost = 0,

    /// <summary>Through the cluster's membership table in Redis.</summary>
    Redis = 1,
}
