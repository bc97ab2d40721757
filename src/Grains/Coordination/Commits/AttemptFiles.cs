using System.Security.Cryptography;
using Cairn.Format.Blobs;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>Looks at, and removes, what an attempt has written.</summary>
internal static class AttemptFiles
{
    /// <summary>Whether every file is at its target, as the record says it was written.</summary>
    public static async Task<bool> AreWholeAsync(IBlobStore store, SaveAttempt attempt, CancellationToken cancellationToken)
    {
        foreach (AttemptFile file in attempt.Files)
        {
            BlobProperties? standing = await store.TryGetPropertiesAsync(file.Target, cancellationToken);
            if (standing is null || standing.ETag != file.Written || standing.LengthBytes != file.LengthBytes)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whose index is at the prefix: none or the old one (<see cref="StepOutcome.Done"/>), this attempt's, or somebody else's.</summary>
    public static async Task<StepOutcome> LookAtIndexAsync(IBlobStore store, SaveAttempt attempt)
    {
        BlobProperties? standing = await store.TryGetPropertiesAsync(attempt.Checkpoint.IndexName, CancellationToken.None);
        if (standing is null || standing.ETag == attempt.Index.Expected)
        {
            return StepOutcome.Done; // The old one may have the same bytes: it is another writing.
        }

        return await IsOursAsync(store, standing, attempt) ? StepOutcome.IsOurs : StepOutcome.IsForeign;
    }

    /// <summary>Removes what the attempt wrote: what it published from, and its files. Where an index stands, which is not this attempt's, only what is known
    /// to be ours goes.</summary>
    public static async Task RemoveOwnAsync(IBlobStore store, SaveAttempt attempt, CancellationToken cancellationToken)
    {
        await Workings.RemoveAsync(store, SaveAttempt.StagingOf(attempt.Id), cancellationToken);
        await Workings.RemoveAsync(store, attempt.Workings, cancellationToken);
        if (attempt.Kind == AttemptKind.Replace)
        {
            return;
        }

        bool isTaken = await store.TryGetPropertiesAsync(attempt.Checkpoint.IndexName, cancellationToken) is not null;
        foreach (AttemptFile file in attempt.Files)
        {
            BlobProperties? standing = await store.TryGetPropertiesAsync(file.Name, cancellationToken);
            bool isOurs = standing is not null && (isTaken ? standing.ETag == file.Written : standing.ETag != file.Expected);
            if (isOurs)
            {
                await store.DeleteAsync(file.Name, standing!.ETag, cancellationToken);
            }
        }
    }

    private static async Task<bool> IsOursAsync(IBlobStore store, BlobProperties standing, SaveAttempt attempt)
    {
        if (standing.LengthBytes != attempt.Index.LengthBytes)
        {
            return false;
        }

        BlobContent? content = await store.TryReadAsync(standing.Name, checked((int)attempt.Index.LengthBytes), CancellationToken.None);
        return content is not null && Convert.ToHexStringLower(SHA256.HashData(content.Bytes.Span)) == attempt.Index.Sha256;
    }
}
