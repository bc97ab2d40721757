using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Retention;

/// <summary>Carries out the deletions that the record names, and nothing else. Every delete is conditional on an ETag that the record holds.</summary>
internal sealed class DeletionRun(IBlobStore store, RecordLedger ledger, TimeProvider time)
{
    /// <summary>How many entries may wait; beyond, the oldest do not wait any longer.</summary>
    public const int WaitingMax = 256;

    private string? _deleting;

    /// <summary>Whether the index of a checkpoint is being deleted at this moment.</summary>
    public bool IsDeleting(CheckpointPrefix prefix) => _deleting == prefix.Value;

    /// <summary>Carries out what is due: of an evicted checkpoint the index at once, the files when due.</summary>
    public async Task CarryOutDueAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<Deletion> entries = ledger.Current.Deletions;
        for (int i = 0; i < entries.Length; i++)
        {
            bool isDue = entries[i].Due <= time.GetUtcNow() || i < entries.Length - WaitingMax;
            await CarryOutAsync(entries[i], isDue, cancellationToken);
        }
    }

    /// <summary>Carries out what is due if too many entries wait: saves that fail leave one each.</summary>
    public Task MakeRoomAsync(CancellationToken cancellationToken) =>
        ledger.Current.Deletions.Length > WaitingMax ? CarryOutDueAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Carries out everything that is to be deleted at a prefix, due or not: it is about to be saved again.</summary>
    public async Task CarryOutAtAsync(CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        foreach (Deletion entry in ledger.Current.Deletions.Where(entry => entry.Prefix == prefix.Value))
        {
            await CarryOutAsync(entry, isDue: true, cancellationToken);
        }
    }

    /// <summary>Carries out everything, due or not: nobody will come back for it.</summary>
    public async Task CarryOutAllAsync(CancellationToken cancellationToken)
    {
        foreach (Deletion entry in ledger.Current.Deletions)
        {
            await CarryOutAsync(entry, isDue: true, cancellationToken);
        }
    }

    private Task CarryOutAsync(Deletion entry, bool isDue, CancellationToken cancellationToken) =>
        entry.IndexETag is { } index ? EvictAsync(entry, index, isDue, cancellationToken) : isDue ? SweepAsync(entry, cancellationToken) : Task.CompletedTask;

    private async Task EvictAsync(Deletion entry, BlobETag index, bool isDue, CancellationToken cancellationToken)
    {
        if (!ledger.Current.Deletions.Any(one => one.IsSame(entry)))
        {
            return; // Pinned meanwhile.
        }

        BlobDeletion outcome = await DeleteIndexAsync(entry.Prefix, index, cancellationToken);
        if (outcome == BlobDeletion.Changed)
        {
            await DropAsync(entry, cancellationToken); // Somebody has saved there since; the files may be theirs.
        }
        else if (isDue)
        {
            await DeleteAsync(entry.Files, cancellationToken);
            await DropAsync(entry, cancellationToken);
        }
    }

    // The index first: without it the checkpoint does not exist, and nobody misses its files.
    private async Task<BlobDeletion> DeleteIndexAsync(string prefix, BlobETag index, CancellationToken cancellationToken)
    {
        _deleting = prefix;
        try
        {
            return await store.DeleteAsync(new CheckpointPrefix(prefix).IndexName, index, cancellationToken);
        }
        finally
        {
            _deleting = null;
        }
    }

    private async Task SweepAsync(Deletion entry, CancellationToken cancellationToken)
    {
        bool isTaken = await store.TryGetPropertiesAsync(new CheckpointPrefix(entry.Prefix).IndexName, cancellationToken) is not null;
        ImmutableArray<FileWriting>.Builder found = ImmutableArray.CreateBuilder<FileWriting>();
        foreach (FileWriting file in entry.Files.Where(file => !isTaken || file.Name.StartsWith(OwnFolder.Path, StringComparison.Ordinal)))
        {
            if (file.ETag is not null)
            {
                found.Add(file);
            }
            else if (await store.TryGetPropertiesAsync(file.Name, cancellationToken) is { } standing)
            {
                found.Add(file with { ETag = standing.ETag });
            }
        }

        if (found.Count > 0)
        {
            Deletion seen = entry with { Files = found.ToImmutable() };
            await ledger.ChangeAsync(
                record => record with { Deletions = [.. record.Deletions.Select(one => one.IsSame(entry) ? seen : one)] }, cancellationToken);
            await DeleteAsync(seen.Files, cancellationToken);
        }

        await DropAsync(entry, cancellationToken);
    }

    private async Task DeleteAsync(ImmutableArray<FileWriting> files, CancellationToken cancellationToken)
    {
        foreach (FileWriting file in files)
        {
            await store.DeleteAsync(file.Name, file.ETag, cancellationToken);
        }
    }

    private Task DropAsync(Deletion entry, CancellationToken cancellationToken) =>
        ledger.ChangeAsync(record => record with { Deletions = record.Deletions.RemoveAll(one => one.IsSame(entry)) }, cancellationToken);
}
