using Cairn.Format.Bundles;

namespace Cairn.Format.Rewriting;

/// <summary>How a checkpoint is made of sources.</summary>
public sealed record RewriteOptions
{
    /// <summary>The most data files that are written at once: each takes a buffer.</summary>
    public const int ShardCountMax = 1024;

    /// <summary>The number of data files, 1 to <see cref="ShardCountMax"/>; pieces are spread as <see cref="ShardPlacement"/> does. Default 1.</summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>Replaces a checkpoint of the same prefix (see <see cref="BundleWriterOptions.Overwrite"/>). Default false: refused.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Into how many slices along axis 0 a tensor of this name is cut, as TensorFlow's <c>fixed_size_partitioner</c> cuts; 1 stores it whole, null keeps
    /// the slices of its source. Default: null for all.</summary>
    public Func<string, int?> PartitionsOf { get; init; } = static _ => null;

    /// <summary>The checkpoint whose <c>.meta</c> comes along, if it has one. Default null: none does. It is right as long as names and types stay the same.</summary>
    public BundleLocation? MetaSource { get; init; }

    /// <summary>Is told the length of every piece that was read, in bytes of the new checkpoint. Default null.</summary>
    public IProgress<long>? Progress { get; init; }
}
