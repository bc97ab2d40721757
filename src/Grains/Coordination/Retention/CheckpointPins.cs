using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Retention;

/// <summary>Pins checkpoints while saves and sweeps of the model may run.</summary>
internal sealed class CheckpointPins(IBlobStore store, RecordLedger ledger, DeletionRun deletions)
{
    private readonly FolderClaims _claims = new(store);

    /// <summary>Pins a checkpoint: once it returns, nothing of this model deletes or replaces it.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is none. <see cref="CheckpointError.InvalidArgument"/>: it is in
    /// another model's folder. <see cref="CheckpointError.TryAgain"/>: it is being saved or deleted.</exception>
    public async Task PinAsync(CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        await RequireOwnAsync(prefix, cancellationToken);
        try
        {
            await RequireThereAsync(prefix, cancellationToken);
            await ledger.ChangeAsync(record => PinRules.Pin(record, prefix.Value), cancellationToken);
            if (deletions.IsDeleting(prefix))
            {
                // Its entry was being carried out when the pin was written: only the end of that tells whether there is anything left to pin.
                throw new CheckpointException(CheckpointError.TryAgain, $"'{prefix}' is being deleted just now; pin it again to see whether it is still there.");
            }

            await RequireThereAsync(prefix, cancellationToken);
        }
        catch (CheckpointException gone) when (gone.Error == CheckpointError.NotFound)
        {
            await UnpinAsync(prefix, cancellationToken);
            throw;
        }
    }

    /// <summary>Unpins a checkpoint: retention may delete it from its saver's next save on.</summary>
    public async Task UnpinAsync(CheckpointPrefix prefix, CancellationToken cancellationToken) =>
        await ledger.ChangeAsync(record => PinRules.Unpin(record, prefix.Value), cancellationToken);

    private async Task RequireOwnAsync(CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        string model = ledger.Current.Model;
        if (await _claims.OwnerAsync(prefix.Folder, cancellationToken) is { } owner && owner != model)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"'{prefix}' belongs to model '{owner}', so model '{model}' cannot pin it: pin it in model '{owner}'.");
        }
    }

    private async Task RequireThereAsync(CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        if (await store.TryGetPropertiesAsync(prefix.IndexName, cancellationToken) is null)
        {
            throw new CheckpointException(CheckpointError.NotFound, $"There is no checkpoint '{prefix}' in {store.Address} to pin.");
        }
    }
}
