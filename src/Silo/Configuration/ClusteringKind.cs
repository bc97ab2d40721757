namespace Cairn.Silo.Configuration;

/// <summary>Where the silos of a cluster find each other.</summary>
internal enum ClusteringKind
{
    /// <summary>One machine: the membership is kept in the memory of the primary silo and ends with it.</summary>
    Localhost,

    /// <summary>Any number of machines: the membership is kept in Redis.</summary>
    Redis,
}
