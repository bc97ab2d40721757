namespace Cairn.Grains.Variables.Shards;

/// <summary>Why the state of a shard at a cut could not be kept.</summary>
/// <param name="Reason">A sentence.</param>
/// <param name="IsOutOfPages">Whether the silo's pages ran out.</param>
internal sealed record SpoiledCut(string Reason, bool IsOutOfPages)
{
    /// <summary>The pages went to the training (docs/protocol.md, R10).</summary>
    public static SpoiledCut OutOfPages { get; } = new(
        $"The page pool ran out and training comes first. Raise the option {nameof(VariablesOptions.PageBytesMax)}, or add a silo.", true);
}
