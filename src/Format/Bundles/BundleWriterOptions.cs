namespace Cairn.Format.Bundles;

/// <summary>How a bundle is written.</summary>
public sealed record BundleWriterOptions
{
    /// <summary>The number of data files. Default 1, as TensorFlow's BundleWriter.</summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>Replaces a checkpoint of the same prefix. Its index goes just before the new files appear, so a crash leaves no checkpoint rather than a
    /// mixture. Default false: refused.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Every tensor begins at a multiple of this many bytes; the gaps are zeros. Default 1, no gaps.</summary>
    public int DataAlignmentBytes { get; init; } = 1;

    /// <summary>The memory that each data file is written through, and the length of the blocks it is uploaded in. Default 8 MiB; 64 KiB to 256 MiB. A file
    /// has 50,000 blocks at most (Azure's limit).</summary>
    public int BlockBytes { get; init; } = 8 << 20;

    /// <summary>Stores the blocks of the index in Snappy's format where that makes them shorter. Every TensorFlow reads that, but few other programs do. Default
    /// false, as TensorFlow's BundleWriter.</summary>
    public bool CompressesIndex { get; init; }
}
