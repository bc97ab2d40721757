namespace Cairn.Format.Bundles;

/// <summary>How a checkpoint is copied.</summary>
public sealed record BundleCopyOptions
{
    /// <summary>Replaces a checkpoint of the same prefix (see <see cref="BundleWriterOptions.Overwrite"/>). Default false: refused.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Is told the length of every piece of a data file that was copied, in bytes. Default null.</summary>
    public IProgress<long>? Progress { get; init; }
}
