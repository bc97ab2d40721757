using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Placement;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Restoring;
using Cairn.Grains.Coordination.Routing;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination.Recovery;

/// <summary>Brings the live state into agreement with the record: after a change of coordinator, the loss of a shard, a torn step. Called when no operation
/// runs.</summary>
/// <param name="model">The model.</param>
/// <param name="parts">What the coordinator works with.</param>
/// <param name="settling">Called before a model that was found whole is good for work: what a predecessor left undecided is taken up.</param>
internal sealed class ModelRecovery(LiveModel model, CoordinatorParts parts, Action settling)
{
    private const int AttemptsMax = 3;

    private bool _isSettled;
    private int _silences;

    /// <summary>Finds all shards. If every one is there as the record says, the model goes on; else it rolls back.</summary>
    public async Task SettleAsync()
    {
        if (await TryReportAsync() is not { } reports)
        {
            return; // Unloaded, and looked into again.
        }

        ShardMap map = MapOf(reports);
        if (await RollBackIfLostAsync(reports, model.Map, map) || _isSettled)
        {
            return; // Or it was a suspicion without ground.
        }

        long epoch = parts.Record.Current.Epoch;
        reports = await parts.Shards.OrderAsync(
            map.Shards, map, "confirm the epoch", (grain, _, _) => grain.ConfirmEpochAsync(epoch), CancellationToken.None);
        if (await RollBackIfLostAsync(reports, map, MapOf(reports)))
        {
            return; // Replaced between the two answers.
        }

        model.Map = map;
        await RememberSessionsAsync(reports.Values);
        settling();
        if (parts.Record.Current.Held is { } cause)
        {
            Unload(cause);
            return;
        }

        Enter(ModelPhase.Ready);
    }

    /// <summary>Refuses a definition whose shards would not fit the silos, before it is recorded.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>.</exception>
    public async Task RequireRoomAsync(ModelDefinition definition) =>
        ShardPlacement.Place(model.Name, FootprintsOf(definition), await parts.Silos.DescribeRoomAsync(CancellationToken.None));

    /// <summary>Places the shards of a model that was just defined.</summary>
    public async Task PlaceAsync()
    {
        _isSettled = false;
        model.Map = await PlaceEmptyAsync(CancellationToken.None);
        Enter(ModelPhase.Ready);
    }

    /// <summary>Begins a new generation from the base of the lineage; without one, uninitialised. A base that cannot be loaded is an outcome: the model is
    /// unloaded.</summary>
    public Task RollBackAsync(string cause) => BeginAnewAsync(cause, isHeld: false);

    /// <summary>Begins a new generation because shards are lost: from the base, or without values, as the model's policy says.</summary>
    public Task LoseAsync(string cause) => BeginAnewAsync(cause, isHeld: model.RequireDefinition().Policies.Losses == LossPolicy.Hold);

    /// <summary>Has every shard adopt what a load staged for it, in the record's generation.</summary>
    /// <param name="load">The load.</param>
    /// <param name="sources">The checkpoints it came from, which name the counters of averages.</param>
    /// <param name="clear">Whether parts that nothing was staged for lose their values.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task SwapAsync(Guid load, ImmutableArray<LoadedCheckpoint> sources, bool clear, CancellationToken cancellationToken)
    {
        HashSet<string> loaded = [.. sources.SelectMany(source => source.Tensors).Select(tensor => tensor.Variable.Name)];
        Dictionary<string, AverageCounters> counters = sources.SelectMany(source => source.Counters())
            .GroupBy(counter => counter.Variable).ToDictionary(group => group.Key, group => group.First());
        (long generation, long epoch) = (parts.Record.Current.Generation, parts.Record.Current.Epoch);
        await parts.Shards.OrderAsync(
            model.Map.Shards,
            model.Map,
            "swap",
            (grain, shard, place) => grain.SwapAsync(new SwapTicket(
                loaded.Contains(shard.Variable) ? load : null,
                place.Incarnation,
                generation,
                epoch,
                clear,
                counters.GetValueOrDefault(shard.Variable).NumUpdates,
                counters.GetValueOrDefault(shard.Variable).Updates,
                model.Sessions.Cut)),
            cancellationToken);
    }

    /// <summary>The model is good for work again.</summary>
    public void Enter(ModelPhase phase)
    {
        _isSettled = true;
        model.Enter(phase, null);
        parts.Log.Ready(model.Name, parts.Record.Current.Generation, model.Map.Shards.Length);
    }

    /// <summary>The shards are about to change: until <see cref="Enter"/> nothing is taken for granted.</summary>
    public void BeginLoading(string cause)
    {
        _isSettled = false;
        model.Enter(ModelPhase.Loading, cause);
    }

    private async Task<bool> RollBackIfLostAsync(ShardAnswers<ShardReport> reports, ShardMap known, ShardMap found)
    {
        LossCheck check = new(parts.Record.Current, model.RequireDefinition(), known, _isSettled, parts.Shards.IsRevoked);
        string[] lost = [.. reports.Values.Where(check.IsLost).Select(report => report.Shard.ToString()).Order(StringComparer.Ordinal)];
        if (lost.Length == 0)
        {
            return false;
        }

        model.Map = found;
        string cause = $"{lost.Length} of {reports.Values.Length} shards hold no values of generation {parts.Record.Current.Generation}, '{lost[0]}' among them";
        await LoseAsync(cause);
        return true;
    }

    private async Task BeginAnewAsync(string cause, bool isHeld)
    {
        for (int attempt = 1; ; attempt++)
        {
            CoordinatorRecord record = await RaiseAsync(cause, isHeld);
            bool isPlaced = false;
            try
            {
                model.Map = await PlaceEmptyAsync(CancellationToken.None);
                isPlaced = true;
                if (isHeld)
                {
                    Unload($"The model is held, as its policy for losses says: {cause}. Restore {Source(record)}, or initialise the variables.");
                    return;
                }

                await LoadBaseAsync(record.Base);
                Enter(ModelPhase.Ready);
                return;
            }
            catch (CheckpointException passing) when (attempt < AttemptsMax && passing.Error is CheckpointError.Aborted or CheckpointError.TryAgain)
            {
                cause = passing.Message; // Another silo died meanwhile.
            }
            catch (ShardSilentException silent)
            {
                UnloadSilent(silent);
                return;
            }
            catch (CheckpointException fault) when (isPlaced && IsOfTheBase(fault))
            {
                await NoteEndedAsync(EndedSteps.None);
                Unload($"The base '{record.Base!.Whole.Prefix}' could not be loaded: {fault.Message}");
                return;
            }
        }
    }

    // An activation on a silo that lives cannot be replaced by another one, so that asking it again and again is all there is; the model must not look alive
    // meanwhile.
    private async Task<ShardAnswers<ShardReport>?> TryReportAsync()
    {
        try
        {
            ShardAnswers<ShardReport> reports = await ReportAsync(CancellationToken.None);
            _silences = 0;
            return reports;
        }
        catch (ShardSilentException silent) when (++_silences >= AttemptsMax)
        {
            if (_silences == AttemptsMax)
            {
                await RaiseAsync(silent.Message, isHeld: false);
            }

            UnloadSilent(silent);
            return null;
        }
    }

    private void UnloadSilent(ShardSilentException silent)
    {
        string where = model.Map.Places.TryGetValue(silent.Shard, out ShardPlace? place) ? $"silo {place.Silo}" : "its silo";
        Unload($"{silent.Message} As long as {where} is active no other can hold the shard: restart that silo, and the model comes back by itself.");
        model.Suspect(silent.Message);
    }

    private void Unload(string fault)
    {
        parts.Log.Unloaded(model.Name, fault);
        _isSettled = true;
        model.Enter(ModelPhase.Unloaded, fault);
    }

    private static string Source(CoordinatorRecord record) => record.Base is { } plan ? $"'{plan.Whole.Prefix}' or another checkpoint" : "a checkpoint";

    // Trying again would not make another base of it.
    private static bool IsOfTheBase(CheckpointException fault) =>
        fault.Error is CheckpointError.NotFound or CheckpointError.Corrupt or CheckpointError.Unsupported
            or CheckpointError.InvalidArgument or CheckpointError.Superseded;

    private async Task<CoordinatorRecord> RaiseAsync(string cause, bool isHeld)
    {
        BeginLoading(cause);
        CoordinatorRecord record = await parts.Record.ChangeAsync(before => isHeld ? before.Hold(cause) : before.BeginGeneration(before.Base));
        model.Change(model.Sessions.Raise(record.Generation, record.Base?.Whole.Prefix, EndedSteps.None));
        parts.Log.RollsBack(model.Name, record.Base?.Whole.Prefix ?? "nothing", record.Generation, cause);
        return record;
    }

    private async Task<ShardAnswers<ShardReport>> ReportAsync(CancellationToken cancellationToken)
    {
        ModelDefinition definition = model.RequireDefinition();
        return await parts.Shards.ReportAsync(
            [.. ShardMap.ShardsOf(definition).Select(shard => shard.Shard)], await PlacesAsync(definition, cancellationToken), cancellationToken);
    }

    private static (ShardId Shard, long Bytes)[] FootprintsOf(ModelDefinition definition) =>
        [.. ShardMap.ShardsOf(definition).Select(shard => (shard.Shard, ShardPlacement.FootprintBytes(shard.Variable, shard.Shard.Index)))];

    // Where a shard that is not active yet shall be made: by free bytes, those that are placed already staying where they are.
    private async Task<ImmutableDictionary<ShardId, SiloAddress>> PlacesAsync(ModelDefinition definition, CancellationToken cancellationToken)
    {
        ImmutableArray<SiloDescription> silos = await parts.Silos.DescribeRoomAsync(cancellationToken);
        bool IsPlaced(ShardId shard) => model.Map.Places.TryGetValue(shard, out ShardPlace? place) && parts.Silos.IsAlive(place.Silo);
        (ShardId, long)[] missing = [.. FootprintsOf(definition).Where(shard => !IsPlaced(shard.Shard))];
        try
        {
            return ShardPlacement.Place(model.Name, missing, silos);
        }
        catch (CheckpointException full) when (full.Error == CheckpointError.LimitExceeded)
        {
            if (!model.Map.Shards.IsEmpty)
            {
                BeginLoading(full.Message); // Shards are gone and there is no room for others: nobody shall take the model for whole.
                throw;
            }

            // A coordinator that begins does not know which shards are there already, their bytes counted: those need no place.
            return ImmutableDictionary<ShardId, SiloAddress>.Empty;
        }
    }

    // Every shard is in the record's generation afterwards, without values; what an older generation held is released before anything is loaded.
    private async Task<ShardMap> PlaceEmptyAsync(CancellationToken cancellationToken)
    {
        ModelDefinition definition = model.RequireDefinition();
        Dictionary<string, VariableDefinition> variables = definition.Variables.ToDictionary(variable => variable.Name);
        ShardAnswers<ShardReport> reports = await RetireForeignAsync(await ReportAsync(cancellationToken), variables, cancellationToken);
        ShardMap map = MapOf(reports);
        (long generation, long epoch) = (parts.Record.Current.Generation, parts.Record.Current.Epoch);
        await parts.Shards.OrderAsync(map.Shards, map, "enter the generation", async (grain, shard, place) =>
        {
            if (!reports[shard].IsAdmitted)
            {
                await grain.AdmitAsync(new ShardAdmission(place.Incarnation, variables[shard.Variable], generation, epoch, model.Sessions.Cut));
                return;
            }

            await grain.ConfirmEpochAsync(epoch);
            await grain.SwapAsync(new SwapTicket(null, place.Incarnation, generation, epoch, true, null, 0, model.Sessions.Cut));
        }, cancellationToken);
        parts.Shards.ForgetRevoked();
        return map;
    }

    // A shard of an earlier namesake may have outlived it: it would serve another shape.
    private async Task<ShardAnswers<ShardReport>> RetireForeignAsync(
        ShardAnswers<ShardReport> reports, Dictionary<string, VariableDefinition> variables, CancellationToken cancellationToken)
    {
        ImmutableArray<ShardId> foreign = [.. reports.Values.Where(report => LossCheck.IsForeign(report, variables[report.Shard.Variable])).Select(report => report.Shard)];
        if (foreign.IsEmpty)
        {
            return reports;
        }

        long epoch = parts.Record.Current.Epoch;
        await parts.Shards.OrderAsync(foreign, MapOf(reports), "retire", (grain, _, _) => grain.RetireAsync(epoch), cancellationToken);
        return await ReportAsync(cancellationToken);
    }

    private async Task LoadBaseAsync(RestorePlan? plan)
    {
        if (plan is null)
        {
            return;
        }

        ImmutableArray<LoadedCheckpoint> sources = await parts.Loader.ReadBaseAsync(plan, model.RequireDefinition(), CancellationToken.None);
        EndedSteps ended = sources.FirstOrDefault(source => source.Source.Prefix.Value == plan.Whole.Prefix)?.EndedOf(model.Name) ?? EndedSteps.None;
        await NoteEndedAsync(ended);
        LoadPlan load = LoadPlanner.Make(model.Name, [.. sources.Select(source => (source.Source, source.Tensors))], model.Map, parts.NewId());
        await parts.Loader.StageAsync(load, _ => { }, CancellationToken.None);
        try
        {
            await SwapAsync(load.Load, sources, clear: true, CancellationToken.None);
            model.Change(model.Sessions with { Ended = ended });
        }
        finally
        {
            await parts.Loader.DropAsync(load);
        }
    }

    // Only the first time: later the ledger knows more of them than the shards do.
    private async Task RememberSessionsAsync(IEnumerable<ShardReport> reports)
    {
        if (_isSettled)
        {
            return;
        }

        CoordinatorRecord record = parts.Record.Current;
        if (record.Sessions is null)
        {
            // The predecessor died before it had read how far they were.
            record = await NoteEndedAsync(record.Base is { } plan ? await parts.Loader.ReadEndedAsync(plan, model.Name, CancellationToken.None) : EndedSteps.None);
        }

        TimeSpan lease = TimeSpan.FromSeconds(parts.Options.LeaseSeconds);
        DateTimeOffset now = parts.Time.GetUtcNow();
        SessionLedger sessions = model.Sessions with { Ended = KnownSessions.EndedOf(record) };
        foreach ((Guid incarnation, long step) in reports.SelectMany(report => report.Sessions))
        {
            sessions = sessions.Remember(incarnation, step, now, lease);
        }

        model.Change(sessions);
    }

    private Task<CoordinatorRecord> NoteEndedAsync(EndedSteps ended) =>
        parts.Record.ChangeAsync(record => KnownSessions.Rebase(record, ended, parts.Options.SessionsMax));

    private static ShardMap MapOf(ShardAnswers<ShardReport> reports) => ShardMap.Of(
        reports.Values.Select(report => KeyValuePair.Create(report.Shard, new ShardPlace(report.Incarnation, report.Silo, report.DataPlane))));
}
