namespace Cairn.Format.Bundles;

/// <summary>How a bundle is verified.</summary>
public sealed record BundleVerifyOptions
{
    /// <summary>How many stretches of data files are read at once; each takes 4 MiB. 1 or more. Default 4.</summary>
    public int Parallelism { get; init; } = 4;

    /// <summary>Is told the length of every piece of a data file that was checked, in bytes. Called from several threads. Default null.</summary>
    public IProgress<long>? Progress { get; init; }
}
