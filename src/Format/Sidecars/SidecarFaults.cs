using System.Collections.Immutable;

namespace Cairn.Format.Sidecars;

/// <summary>Finds what a sidecar cannot say.</summary>
internal static class SidecarFaults
{
    /// <summary>The first fault, or null.</summary>
    public static string? Of(Sidecar sidecar)
    {
        bool isDefault =
            sidecar.Sessions.IsDefault || sidecar.TornSteps.IsDefault || sidecar.Averages.IsDefault || sidecar.Shards.IsDefault || sidecar.Digests.IsDefault;
        if (isDefault || HasNull(sidecar.Sessions) || HasNull(sidecar.TornSteps)
            || HasNull(sidecar.Averages) || HasNull(sidecar.Shards) || HasNull(sidecar.Digests))
        {
            return "a list, or an item of one, is null";
        }

        if (sidecar.Generation < 0 || sidecar.Epoch < 0 || sidecar.Cut < 0)
        {
            return $"generation {sidecar.Generation}, epoch {sidecar.Epoch} or cut {sidecar.Cut} is negative";
        }

        if (!IsSha256(sidecar.IndexSha256))
        {
            return $"the index's SHA-256 is '{sidecar.IndexSha256}', not 64 hexadecimal digits";
        }

        return sidecar.Averages.Select(Fault).Concat(sidecar.Shards.Select(Fault))
            .Concat(sidecar.Digests.Select(Fault)).FirstOrDefault(fault => fault is not null);
    }

    private static string? Fault(SidecarAverage average) => average.Decay is >= 0 and <= 1 && average.NumUpdates is null or >= 0 && average.Updates >= 0
        ? null
        : $"the average '{average.Name}' of '{average.Variable}' has decay {average.Decay} and {average.NumUpdates}, {average.Updates} updates";

    private static string? Fault(SidecarShard shard)
    {
        bool isSound = shard.Index >= 0 && shard.Index < shard.Count && shard.RowOffset >= 0 && shard.Rows >= 0 && shard.RowOffset <= long.MaxValue - shard.Rows
            && shard.DataFile >= 0 && shard.Offset >= 0 && shard.Size >= 0 && shard.Offset <= long.MaxValue - shard.Size;
        return isSound ? null : $"shard {shard.Index} of {shard.Count} of '{shard.Variable}' is impossible ({shard})";
    }

    private static string? Fault(SidecarDigest digest) => digest.Size >= 0 && (digest.Sha256 is null || IsSha256(digest.Sha256))
        ? null
        : $"the digest of '{digest.File}' is {digest.Size} bytes, '{digest.Sha256}'";

    private static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);

    private static bool HasNull<T>(ImmutableArray<T> items)
        where T : class => items.Any(item => item is null);
}
