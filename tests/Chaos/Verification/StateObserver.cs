using Cairn.Chaos.Models;
using Cairn.Chaos.Trainers;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;

namespace Cairn.Chaos.Verification;

/// <summary>An outside reader that looks into the state files all the while: at no instant may one name a checkpoint that is not there whole.</summary>
internal sealed class StateObserver(IBlobStore store, RunFindings findings)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> _verified = [];

    /// <summary>How often a state file was looked into.</summary>
    public int Looks { get; private set; }

    /// <summary>Looks until <paramref name="end"/>.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        using var timer = new PeriodicTimer(Look);
        while (!end.IsCancellationRequested)
        {
            foreach (SavingPlan plan in SavingPlan.All)
            {
                try
                {
                    await LookAsync(plan);
                }
                catch (CheckpointException fault)
                {
                    findings.Add($"an outside reader of '{plan.StateFile}' was refused: {fault.Message}");
                }
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task LookAsync(SavingPlan plan)
    {
        Looks++;
        string file = $"{ModelPlan.Folder}/{plan.StateFile}";
        BlobProperties? before = await store.TryGetPropertiesAsync(file, CancellationToken.None);
        LatestCheckpoint latest = await CheckpointFolder.LatestAsync(store, ModelPlan.Folder, plan.StateFile);
        if (latest.Prefix is not { } prefix)
        {
            // A checkpoint that is replaced is unnamed first, and may go between our two looks: it counts only if the same file still names it.
            BlobProperties? after = await store.TryGetPropertiesAsync(file, CancellationToken.None);
            if (before is not null && after?.ETag == before.ETag)
            {
                findings.Add($"at that instant, {latest.Reason}");
            }
        }
        else if (plan.IsNumbered && _verified.Add(prefix.Value))
        {
            await foreach (BundleFault fault in BundleVerifier.VerifyAsync(store, prefix, CancellationToken.None))
            {
                findings.Add($"'{file}' named '{prefix}', which was not whole: {fault}");
            }
        }
    }
}
