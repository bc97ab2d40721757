using Cairn.Contracts.Models;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Operations;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Recovery;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.Definitions;

/// <summary>Defines a model, finds its definition again, and deletes it.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="services">What the coordinators of the silo share.</param>
/// <param name="operations">What runs beside it.</param>
/// <param name="recovery">Places the shards.</param>
internal sealed class DefinitionDesk(
    LiveModel model, CoordinatorParts parts, CoordinatorServices services, OperationTable operations, ModelRecovery recovery)
{
    // Below Orleans' limit of a call (30 s), so that the caller hears a refusal and not a timeout.
    private static readonly TimeSpan CallPatience = TimeSpan.FromSeconds(20);

    /// <summary>Defines the model and places its shards. A no-op if it is defined the same.</summary>
    /// <exception cref="CheckpointException">The definition is refused, or another one stands.</exception>
    public async Task DefineAsync(ModelDefinition definition)
    {
        ModelDefinition wanted = DefinitionRules.Require(definition, parts.Options);
        if (wanted.Name != model.Name)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"The definition of model '{wanted.Name}' was sent to the coordinator of '{model.Name}'.");
        }

        if (model.Definition is null)
        {
            await InTurnAsync(() => DefineOnceAsync(wanted));
        }

        DefinitionRules.RequireSame(model.RequireDefinition(), wanted);
        await model.RequireSettledAsync(CallPatience, parts.Time, CancellationToken.None);
    }

    /// <summary>Deletes the model: its live state goes, its checkpoints stay.</summary>
    public async Task DeleteAsync()
    {
        if (model.Definition is not null || parts.Record.Current is { IsDeleted: true, Folders.IsEmpty: false })
        {
            await InTurnAsync(DeleteOnceAsync);
        }
    }

    /// <summary>Reads the definition that the record points to, if there is one.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: it is missing or damaged.</exception>
    public async Task BeginAsync(CoordinatorRecord record, CancellationToken cancellationToken)
    {
        if (record.Definition is not { } address)
        {
            return;
        }

        BlobContent document = await services.Store.TryReadAsync(address.BlobName, DefinitionDocument.LengthBytesMax, cancellationToken)
            ?? throw new CheckpointException(
                CheckpointError.Corrupt, $"The definition '{address.BlobName}' of model '{model.Name}' is missing in {services.Store.Address}.");
        model.Begin(DefinitionDocument.Read(document.Bytes, address.BlobName), record.Generation, record.Epoch);
    }

    private async Task DefineOnceAsync(ModelDefinition definition)
    {
        if (model.Definition is not null)
        {
            return; // Somebody else defined it while this call waited its turn.
        }

        ReadOnlyMemory<byte> document = DefinitionDocument.Write(definition);
        DefinitionAddress address = DefinitionDocument.AddressOf(document.Span);
        await recovery.RequireRoomAsync(definition);
        await services.Store.TryWriteAsync(
            address.BlobName, document, BlobCondition.IfAbsent, CancellationToken.None); // There already: the same bytes, by its name.
        CoordinatorRecord record = await parts.Record.ChangeAsync(
            before => (before.Epoch == 0 ? before.Enter(services.Cluster, parts.Options.TakeOver) : before).Define(address));
        model.Begin(definition, record.Generation, record.Epoch);
        try
        {
            await recovery.PlaceAsync();
        }
        catch (CheckpointException lost)
        {
            model.Suspect(lost.Message); // It is defined: placing it goes on.
            throw new CheckpointException(CheckpointError.TryAgain, $"Model '{model.Name}' is defined, and its shards are being placed: {lost.Message}", lost);
        }
    }

    private async Task DeleteOnceAsync()
    {
        if (model.Definition is not { } definition)
        {
            await FinishDeletionAsync();
            return;
        }

        await parts.Commits.RecoverAsync(CancellationToken.None);
        long epoch = (await parts.Record.ChangeAsync(record => record.Delete())).Epoch;
        ShardMap map = model.Map;
        model.End();
        try
        {
            await parts.Shards.OrderAsync(map.Shards, map, "retire", (grain, _, _) => grain.RetireAsync(epoch), CancellationToken.None);
        }
        catch (CheckpointException gone)
        {
            parts.Log.RecoveryFailed(definition.Name, gone.Message); // A shard that does not answer is not admitted again by anybody.
        }

        await FinishDeletionAsync();
    }

    private Task FinishDeletionAsync() =>
        parts.Record.Current.IsDeleted ? parts.Commits.DeleteModelAsync(CancellationToken.None) : Task.CompletedTask;

    private async Task InTurnAsync(Func<Task> work)
    {
        using CancellationTokenSource limit = new(CallPatience, parts.Time);
        try
        {
            await operations.Turns.InBothAsync("a change of the definition", work, limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new CheckpointException(
                CheckpointError.TryAgain, $"Model '{model.Name}' is busy with a save, a restore or a recovery; try again when it has ended.");
        }
    }
}
