using Cairn.Chaos.Models;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;

namespace Cairn.Chaos.Verification;

/// <summary>Compares every checkpoint of the store with the trainers' logs.</summary>
internal sealed class RunVerifier(IBlobStore store, RunFindings findings, Timeline timeline)
{
    /// <summary>How many checkpoints are in the store.</summary>
    public int Checkpoints { get; private set; }

    /// <summary>How many of them equal what the logs say.</summary>
    public int Equal { get; private set; }

    /// <summary>Compares all checkpoints, the oldest first.</summary>
    /// <param name="trainers">What the trainers did.</param>
    /// <param name="acknowledged">The prefixes whose saves were acknowledged.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task RunAsync(IReadOnlyList<TrainerHistory> trainers, IEnumerable<string> acknowledged, CancellationToken cancellationToken)
    {
        foreach (string fault in trainers.SelectMany(trainer => trainer.Faults))
        {
            findings.Add(fault);
        }

        List<StoredCheckpoint> checkpoints = [];
        await foreach (BlobProperties blob in store.ListAsync($"{ModelPlan.Folder}/", cancellationToken))
        {
            if (CheckpointPrefix.TryFileSuffix(blob.Name, out CheckpointPrefix prefix, out string suffix) && suffix == ".index")
            {
                checkpoints.Add(await StoredCheckpoint.LoadAsync(store, prefix.Value, cancellationToken));
            }
        }

        HashSet<string> there = [.. checkpoints.Select(checkpoint => checkpoint.Prefix)];
        foreach (string lost in acknowledged.Where(prefix => !there.Contains(prefix)))
        {
            findings.Lose($"'{lost}' was acknowledged and is not in the store.");
        }

        Checkpoints = checkpoints.Count;
        var fold = new LineageFold(trainers);
        foreach (StoredCheckpoint checkpoint in checkpoints
            .OrderBy(each => each.Sidecar?.Generation).ThenBy(each => each.Sidecar?.Epoch).ThenBy(each => each.Sidecar?.Cut))
        {
            Report(checkpoint, fold.Check(checkpoint));
        }
    }

    private void Report(StoredCheckpoint checkpoint, IReadOnlyList<string> faults)
    {
        if (faults.Count == 0)
        {
            Equal++;
            return;
        }

        string place = checkpoint.Sidecar is { } sidecar ? $" (generation {sidecar.Generation}, epoch {sidecar.Epoch}, cut {sidecar.Cut})" : "";
        timeline.Say($"WRONG: '{checkpoint.Prefix}'{place}:");
        foreach (string fault in faults)
        {
            timeline.Say($"  {fault}");
        }
    }
}
