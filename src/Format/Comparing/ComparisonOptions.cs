namespace Cairn.Format.Comparing;

/// <summary>How checkpoints are compared.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Which tensors are looked at, by name. Default: all.</summary>
    public Func<string, bool> Filter { get; init; } = static _ => true;

    /// <summary>Takes tensors as equal that are cut alike and have the same lengths and checksums in both indexes, without reading them. Of 4 billion changed
    /// tensors one is passed over. Default false: every byte is read.</summary>
    public bool TrustsChecksums { get; init; }

    /// <summary>Tensors whose values lie no further apart than this are the same, unless some became or were not finite. Default 0: only those whose bytes are
    /// equal.</summary>
    public double DeltaMax { get; init; }

    /// <summary>How many tensors are compared at once; each takes 8 MiB. Default 4.</summary>
    public int Parallelism { get; init; } = 4;

    /// <summary>Is told how many bytes of the first checkpoint are done. Called from several threads. Default null.</summary>
    public IProgress<long>? Progress { get; init; }
}
