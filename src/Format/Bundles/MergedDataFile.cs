namespace Cairn.Format.Bundles;

/// <summary>A data file of an input of a merge, and how long it must be.</summary>
/// <param name="Prefix">The input.</param>
/// <param name="Name">The file.</param>
/// <param name="ShardCount">How many data files the input has.</param>
/// <param name="EndBytes">Where the last of its tensors ends.</param>
/// <param name="Last">That tensor.</param>
internal sealed record MergedDataFile(CheckpointPrefix Prefix, string Name, int ShardCount, long EndBytes, BundlePart? Last)
{
    /// <summary>The file with one more part known.</summary>
    public MergedDataFile Holding(BundlePart part) => Last is not null && part.Entry.Data.EndBytes <= EndBytes
        ? this
        : this with { EndBytes = part.Entry.Data.EndBytes, Last = part };
}
