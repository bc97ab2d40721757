using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Sidecars;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Routing;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination.Restoring;

/// <summary>Reads what a restore needs to know of checkpoints, and has the silos stage their bytes.</summary>
internal sealed class CheckpointLoader(IBlobStore store, SiloFleet silos)
{
    // An index of a million tensors; what is longer is damage, or a file that Format refuses as well.
    private const int IndexBytesMax = 1 << 30;

    private const string DamageRemedy = "No live value was touched. Restore another checkpoint, or bring the file back from a copy; 'cairn verify' lists all "
        + "damage. If it finds none, the bytes were damaged on their way: restore again.";

    /// <summary>Reads the index of a checkpoint, checks that it has the tensors, and looks at the data files they lie in.</summary>
    /// <exception cref="CheckpointException">It is missing, damaged, of another kind, or does not fit the model.</exception>
    public async Task<LoadedCheckpoint> ReadAsync(CheckpointPrefix prefix, ImmutableArray<SelectedTensor> tensors, CancellationToken cancellationToken)
    {
        if (await store.TryReadAsync(prefix.IndexName, IndexBytesMax, cancellationToken) is not { } content)
        {
            await BundleIndex.ReadAsync(store, prefix, cancellationToken); // Says what is there instead.
            throw new CheckpointException(CheckpointError.TryAgain, $"The index of '{prefix}' appeared just now; try again.");
        }

        BundleIndex index = BundleIndex.Parse(content.Bytes, $"{store.Address.TrimEnd('/')}/{prefix.IndexName}");
        RestoreCheck.RequireFits(index, prefix, tensors);
        RestoreSource source = new(prefix, index, await FilesAsync(prefix, index, tensors, cancellationToken));
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(content.Bytes.Span));
        return new LoadedCheckpoint(source, sha256, await ReadSidecarAsync(prefix, content.Bytes, sha256, cancellationToken), tensors);
    }

    /// <summary>Reads the checkpoints of a base: of each only what no later one brings.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: one is another writing than the record names. Or as
    /// <see cref="ReadAsync"/>.</exception>
    public async Task<ImmutableArray<LoadedCheckpoint>> ReadBaseAsync(RestorePlan plan, ModelDefinition definition, CancellationToken cancellationToken)
    {
        HashSet<(string, TensorPart)> taken = [];
        ImmutableArray<LoadedCheckpoint>.Builder loaded = ImmutableArray.CreateBuilder<LoadedCheckpoint>();
        foreach (RestorePlanStep step in plan.Subsets.Reverse().Append(plan.Whole))
        {
            ImmutableArray<SelectedTensor> tensors =
                [.. TensorSelection.ForRestore(definition, step.Tensors).Where(tensor => taken.Add((tensor.Variable.Name, tensor.Part)))];
            if (tensors.IsEmpty)
            {
                continue;
            }

            LoadedCheckpoint checkpoint = await ReadAsync(new CheckpointPrefix(step.Prefix), tensors, cancellationToken);
            loaded.Add(checkpoint.IndexSha256 == step.IndexSha256
                ? checkpoint
                : throw CheckpointException.Corrupt(
                    checkpoint.Source.Prefix.IndexName, 0, $"its SHA-256 is {checkpoint.IndexSha256}, the base of the model is {step.IndexSha256}"));
        }

        return loaded.ToImmutable();
    }

    /// <summary>How far every session had come in a base whose values are in place, as far as its sidecar can be read.</summary>
    public async Task<EndedSteps> ReadEndedAsync(RestorePlan plan, string model, CancellationToken cancellationToken)
    {
        string name = new CheckpointPrefix(plan.Whole.Prefix).SidecarName;
        try
        {
            BlobContent? content = await store.TryReadAsync(name, Sidecar.LengthBytesMax, cancellationToken);
            Sidecar? sidecar = content is null ? null : Sidecar.Parse(content.Bytes.Span, name);
            return sidecar is not null && IsOf(sidecar, plan.Whole.IndexSha256) ? LoadedCheckpoint.EndedOf(sidecar, model) : EndedSteps.None;
        }
        catch (CheckpointException unreadable) when (
            unreadable.Error is CheckpointError.Corrupt or CheckpointError.Unsupported or CheckpointError.LimitExceeded)
        {
            return EndedSteps.None; // Nothing is restored here, so there is nothing to refuse.
        }
    }

    /// <summary>Has every silo stage its part of a plan, and checks all checksums. On failure everything staged is dropped.</summary>
    public async Task StageAsync(LoadPlan plan, Action<long> progress, CancellationToken cancellationToken)
    {
        using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Dictionary<SiloAddress, long> done = [];
        try
        {
            IEnumerable<Task<KeyValuePair<SiloAddress, LoadReceipt>>> stagings = plan.Tickets.OrderBy(ticket => ticket.Key)
                .Select(ticket => StageOneAsync(ticket.Key, ticket.Value, bytes =>
                {
                    done[ticket.Key] = bytes;
                    progress(done.Values.Sum());
                }, any.Token));
            plan.Verify((await FirstFault.WhenAllAsync(any, stagings)).ToFrozenDictionary());
        }
        catch (Exception fault)
        {
            await DropAsync(plan);
            if (fault is CheckpointException { Error: CheckpointError.Corrupt })
            {
                throw new CheckpointException(CheckpointError.Corrupt, $"{fault.Message}. {DamageRemedy}", fault);
            }

            throw;
        }
    }

    /// <summary>Has the silos forget what they staged and is not adopted.</summary>
    public Task DropAsync(LoadPlan plan) => Task.WhenAll(plan.Tickets.Keys.Order().Select(silo => silos.TryDropAsync(silo, plan.Load)));

    private async Task<KeyValuePair<SiloAddress, LoadReceipt>> StageOneAsync(
        SiloAddress silo, LoadTicket ticket, Action<long> progress, CancellationToken cancellationToken)
    {
        WorkStatus status = await silos.RunAsync(silo, ticket.Load, service => service.StartLoadAsync(ticket), progress, cancellationToken);
        return status.Load is { } receipt && receipt.Ranges.Length == ticket.Shards.Sum(shard => shard.Ranges.Length)
            ? KeyValuePair.Create(silo, receipt)
            : throw new CheckpointException(CheckpointError.Aborted, $"Silo {silo} says that a load is staged, but its receipt does not fit the ticket.");
    }

    private async Task<FrozenDictionary<int, BlobProperties>> FilesAsync(
        CheckpointPrefix prefix, BundleIndex index, ImmutableArray<SelectedTensor> tensors, CancellationToken cancellationToken)
    {
        IEnumerable<DataRange> ranges = tensors.SelectMany(tensor => index.Get(tensor.Key).Parts).Select(part => part.Entry.Data);
        Dictionary<int, BlobProperties> files = [];
        foreach (IGrouping<int, DataRange> needed in ranges.GroupBy(range => range.ShardIndex).OrderBy(group => group.Key))
        {
            if (await store.TryGetPropertiesAsync(prefix.DataName(needed.Key, index.ShardCount), cancellationToken) is not { } file)
            {
                continue;
            }

            if (file.LengthBytes < needed.Max(range => range.EndBytes))
            {
                await BundleFiles.RefuseLfsPointerAsync(store, file, cancellationToken); // Else it would be called truncated.
            }

            files.Add(needed.Key, file);
        }

        return files.ToFrozenDictionary();
    }

    /// <summary>What Cairn wrote beside the index, or null when another program wrote the checkpoint. A sidecar that was overwritten or cannot be read is not
    /// passed over: with it would go which steps the checkpoint holds.</summary>
    private async Task<Sidecar?> ReadSidecarAsync(CheckpointPrefix prefix, ReadOnlyMemory<byte> index, string indexSha256, CancellationToken cancellationToken)
    {
        if (await store.TryReadAsync(prefix.SidecarName, Sidecar.LengthBytesMax, cancellationToken) is not { } content)
        {
            return null;
        }

        Sidecar sidecar;
        try
        {
            sidecar = Sidecar.Parse(content.Bytes.Span, prefix.SidecarName);
        }
        catch (CheckpointException unreadable) when (unreadable.Error is CheckpointError.Corrupt or CheckpointError.Unsupported)
        {
            throw new CheckpointException(
                unreadable.Error,
                $"{unreadable.Message} But it alone says how far each session had come in '{prefix}'. Nothing was changed: restore another checkpoint, or "
                    + "remove this file to restore the tensors alone, with all sessions at their beginning.",
                unreadable);
        }

        if (IsOf(sidecar, indexSha256))
        {
            return sidecar;
        }

        // Another program has saved under this name and has left the sidecar; or the index is damaged in a place that reading it passes over.
        BundleVerifier.RequireSoundIndex(index, $"{store.Address.TrimEnd('/')}/{prefix.IndexName}");
        return null;
    }

    private static bool IsOf(Sidecar sidecar, string indexSha256) => sidecar.IndexSha256.Equals(indexSha256, StringComparison.OrdinalIgnoreCase);
}
