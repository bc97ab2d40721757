namespace Cairn.Format.Bundles;

/// <summary>How checkpoints are merged.</summary>
public sealed record BundleMergeOptions
{
    /// <summary>Replaces a checkpoint of the destination's name (see <see cref="BundleWriterOptions.Overwrite"/>). Default false: refused.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Passes over inputs that have no index, as long as one has (TensorFlow's <c>allow_missing_files</c>). Default false: refused.</summary>
    public bool AllowsMissingInputs { get; init; }

    /// <summary>Leaves the inputs where they are. Default false: their indexes and data files are deleted once the merged checkpoint exists, as TensorFlow moves
    /// them.</summary>
    public bool KeepsInputs { get; init; }
}
