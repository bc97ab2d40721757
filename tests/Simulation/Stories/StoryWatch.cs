using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;
using Cairn.Simulation.Clusters;
using Cairn.Simulation.Engine;
using Cairn.Simulation.Networks;
using Cairn.Simulation.Stores;

namespace Cairn.Simulation.Stories;

/// <summary>Sees everything that passes through network and store: counts the attacks that occur, tells the nemesis when its moments come, and sees to it that
/// nobody waits past a deadline.</summary>
internal sealed class StoryWatch(World world) : INetworkWatch, IStoreWatch
{
    // A fence waits as long as a shard may take to confirm; nothing that is asked of a coordinator takes longer.
    private const long HandlerTicks = 110 * TimeSpan.TicksPerSecond;

    private readonly Dictionary<object, ShardSeen> _shards = [];
    private readonly Dictionary<ulong, int> _arrived = [];
    private readonly Dictionary<(Guid, long), StepStamp> _stamps = [];
    private readonly HashSet<(Guid, long)> _ended = [];
    private readonly HashSet<Guid> _gone = [];
    private readonly Dictionary<Guid, int> _restores = [];
    private long _newestCut;
    private long _cutEpoch;
    private int _endedSteps;

    /// <inheritdoc/>
    public Fate Sends(Party caller, IEndpoint target, Message message, object?[] arguments, Fate fate)
    {
        world.Mark(Chance.Mix(caller.Hash, target.Hash, message.Hash, 1));
        if (fate.IsRequestLost || fate.IsAnswerLost)
        {
            world.Attacks.Add(Attack.MessageLost);
        }

        if (fate.AgainTicks is not null)
        {
            world.Attacks.Add(Attack.MessageRepeated);
        }

        if (fate.RequestTicks + fate.AnswerTicks > TimeSpan.TicksPerSecond)
        {
            world.Attacks.Add(Attack.MessageLate);
        }

        if (message.Name is "Seal" or "StartDataFile" or "Swap" or "StartLoad" or "Release")
        {
            world.LastOrder = message.Name;
        }

        if (message.Name == "Seal" && arguments[0] is SealTicket seal)
        {
            SeeCut(seal.Epoch, seal.Cut);
        }

        return fate;
    }

    /// <inheritdoc/>
    public bool IsCut(Party caller, Party party) => world.Nemesis.IsCut(caller, party);

    /// <inheritdoc/>
    public void Arrives(Party caller, IEndpoint target, Message message, object?[] arguments, Party party, object served, int count)
    {
        ulong way = Chance.Mix(caller.Hash, target.Hash, message.Hash, 2);
        world.Mark(way);
        int newest = _arrived.GetValueOrDefault(way);
        if (count < newest)
        {
            world.Attacks.Add(Attack.MessageReordered);
        }

        _arrived[way] = Math.Max(count, newest);
        world.Nemesis.Meets(Moment.Message, message.Name);
        switch (message.Name)
        {
            case "Apply":
                SeeUpdate((ShardUpdate)arguments[0]!, Of(served), (ShardEndpoint)target);
                break;
            case "Read" when arguments[0] is ShardRead { Stamp: { } stamp }:
                ShardSeen seen = Of(served);
                if (stamp.Epoch == seen.Epoch && stamp.Cut < seen.NewestCut && seen.NewestCut > seen.SealedCut)
                {
                    world.Attacks.Add(Attack.ReadAcrossTheCut);
                }

                break;
            case "BeginStep" when _gone.Contains(((StepRequest)arguments[0]!).Session):
                world.Attacks.Add(Attack.GhostBeginStep);
                break;
            case "StartRestore":
                SeeRestore((RestoreRequest)arguments[0]!);
                break;
            case "StartSave" when arguments[0] is SaveRequest save:
                SeeSave(save);
                break;
        }
    }

    /// <inheritdoc/>
    public void Waits(Party party, IEndpoint target, Message message, Task answer)
    {
        if (target is not CoordinatorEndpoint)
        {
            return;
        }

        int freezes = party.Freezes;
        world.Pump.After(HandlerTicks, null, () =>
        {
            if (!answer.IsCompleted && !party.IsDead && party.Freezes == freezes)
            {
                world.Judge.Break("I7", $"{message.Name} of {target.Name} on {party} has not ended after {HandlerTicks / TimeSpan.TicksPerSecond} s");
            }
        });
    }

    /// <inheritdoc/>
    public void Answers(
        Party caller, IEndpoint target, Message message, object?[] arguments, Party party, object served, object? answer, Exception? refusal, Fate fate)
    {
        if (world.Trace.IsOn && message.Name is not ("Wait" or "OpenSession"))
        {
            world.Trace.Tell(caller, $"-> {target.Name} on {party}: {message.Name} {Shown.Of(arguments)} = {refusal?.Message ?? Shown.Of(answer)}");
        }

        if (refusal is not null and not (CheckpointException or OperationCanceledException or TimeoutException or Orleans.Runtime.OrleansException or ObjectDisposedException))
        {
            world.Judge.Break("uncaught", $"{message.Name} to {target.Name}: {refusal}");
        }

        if (refusal is null)
        {
            See(message, arguments, served, answer);
        }
        else if (message.Name == "Apply" && refusal.Message.Contains("has no page", StringComparison.Ordinal))
        {
            world.Attacks.Add(Attack.PoolExhaustedInAnOpenCut);
        }

        world.Nemesis.Meets(Moment.Answer, message.Name);
    }

    /// <inheritdoc/>
    public StoreFate Asks(Party party, StoreEffect effect, string name, StoreFate fate) => fate;

    /// <inheritdoc/>
    public bool TakesEffect(Party party, StoreEffect effect, string name)
    {
        world.Mark(Chance.Mix(party.Hash, Chance.Of(name), (ulong)effect, 3));
        if (effect is StoreEffect.Read or StoreEffect.Stage)
        {
            return true;
        }

        bool isSent = !party.IsDead;
        world.Nemesis.Meets(Moment.BeforeEffect, name);

        // What a process has asked for when it dies has left it, or has not.
        return isSent ? !party.IsDead || HasLeft(party, name) : HasLeft(party, name);
    }

    /// <inheritdoc/>
    public void LosesAnswer(Party party, StoreEffect effect, string name) => world.Attacks.Add(effect == StoreEffect.Delete ? Attack.ResponseLostOfADeletion : KindOf(name) switch
    {
        "record" => Attack.ResponseLostOfARecordWrite,
        ".index" => Attack.ResponseLostOfAnIndex,
        ".meta" => Attack.ResponseLostOfAMeta,
        ".cairn.json" => Attack.ResponseLostOfASidecar,
        "data" => Attack.ResponseLostOfADataFile,
        _ => Attack.ResponseLostOfAStateFile,
    });

    /// <inheritdoc/>
    public bool LosesBlocks(Party party, string name)
    {
        bool loses = world.Nemesis.LosesBlocks;
        if (loses)
        {
            world.Nemesis.LosesBlocks = false;
            world.Attacks.Add(Attack.StagedBlocksGoneAtCommit);
        }

        return loses;
    }

    /// <summary>Takes in a change of the store.</summary>
    public void Changed(StoreChange change)
    {
        world.Trace.Tell(change.By, $"== {change.Effect} {change.Name} {change.After?.ETag}");
        string kind = KindOf(change.Name);
        if (kind == "record")
        {
            SeeRecord(change);
        }
        else if (change.By is { } by && _writer is not null && by != _writer && kind is not ("data" or "own"))
        {
            world.Attacks.Add(change.Effect == StoreEffect.Delete ? Attack.ZombieDeletionAfterItsSuccessor : kind switch
            {
                ".index" => Attack.ZombieIndexAfterItsSuccessor,
                ".meta" => Attack.ZombieMetaAfterItsSuccessor,
                ".cairn.json" => Attack.ZombieSidecarAfterItsSuccessor,
                _ => Attack.ZombieStateFileAfterItsSuccessor,
            });
        }

        world.Nemesis.Meets(Moment.AfterEffect, change.Name);
    }

    private Party? _writer;

    private static string KindOf(string name) =>
        name.StartsWith("_cairn/models/", StringComparison.Ordinal) ? "record"
        : name.StartsWith("_cairn/staging/", StringComparison.Ordinal) || !name.StartsWith("_cairn/", StringComparison.Ordinal)
            ? CheckpointPrefix.TryFileSuffix(name, out _, out string suffix) ? CheckpointPrefix.IsData(suffix) ? "data" : suffix : "state"
        : "own";

    private bool HasLeft(Party party, string name) => Chance.Unit(Chance.Mix(world.Scenario.Seed, party.Hash, Chance.Of(name), (ulong)world.Pump.Now)) < 0.7;

    private ShardSeen Of(object served)
    {
        if (!_shards.TryGetValue(served, out ShardSeen? seen))
        {
            _shards.Add(served, seen = new ShardSeen());
        }

        return seen;
    }

    private void SeeRecord(StoreChange change)
    {
        CoordinatorRecord? before = change.Before?.Meaning as CoordinatorRecord;
        CoordinatorRecord? after = change.After?.Meaning as CoordinatorRecord;
        if (after is null)
        {
            return;
        }

        if (_writer is not null && change.By != _writer && !_writer.IsDead)
        {
            world.Attacks.Add(Attack.PartitionedOldCoordinatorGoesOn);
        }

        _writer = change.By;
        world.Job.IsDefined = after is { IsDeleted: false, Definition: not null };
        if (before is { IsDeleted: true } && !after.IsDeleted)
        {
            world.Attacks.Add(Attack.ModelDeletedAndDefinedAgain);
        }

        if (after.Attempt is { Kind: AttemptKind.Replace } attempt && before?.Attempt?.Id != attempt.Id)
        {
            world.Attacks.Add(Attack.SaveToACommittedPrefix);
        }
    }

    private void SeeCut(long epoch, long cut)
    {
        _newestCut = epoch > _cutEpoch ? cut : Math.Max(_newestCut, cut);
        _cutEpoch = Math.Max(_cutEpoch, epoch);
    }

    private void SeeRestore(RestoreRequest restore)
    {
        if (_restores.TryGetValue(restore.Request, out int ended) && _endedSteps > ended)
        {
            world.Attacks.Add(Attack.RestoreResponseLostAndRepeatedLater);
        }

        _restores[restore.Request] = _endedSteps;
    }

    private void SeeSave(SaveRequest save)
    {
        string prefix = save.GlobalStep is { } step ? $"{save.Prefix}-{step}" : save.Prefix;
        if (world.Judge.Record?.Deletions.Any(entry => entry.Prefix == prefix) == true)
        {
            world.Attacks.Add(Attack.RetentionDueAtAPrefixSavedAgain);
        }

        if (world.Operator.UnderWay >= 3 && (world.Nemesis.StoreTemper.DelayTicks >= 300 * TimeSpan.TicksPerMillisecond || world.Nemesis.StoreTemper.LateShare > 0))
        {
            world.Attacks.Add(Attack.ThreeSavesAgainstASlowStore);
        }
    }

    private void SeeUpdate(ShardUpdate update, ShardSeen seen, ShardEndpoint shard)
    {
        StepStamp stamp = update.Stamp;
        bool isNow = seen.IsAdmitted && stamp.Epoch == seen.Epoch && stamp.Generation == seen.Generation;
        if (!seen.IsAdmitted)
        {
            world.Attacks.Add(Attack.EmptyShardWithACachedRoute);
        }

        if (shard.IsActiveTwice)
        {
            world.Attacks.Add(Attack.ShardActivatedTwice);
        }

        if (isNow && stamp.Cut > Math.Max(seen.SealedCut, seen.NewestCut))
        {
            world.Attacks.Add(Attack.UpdateBeforeAnyMessageOfTheCut);
        }

        if (isNow && stamp.Cut < seen.SealedCut)
        {
            world.Attacks.Add(Attack.UpdateAfterTheSeal);
        }

        if (seen.Fenced.Contains(update.Operation.Session))
        {
            world.Attacks.Add(Attack.UpdateAfterTheSessionWasAbandoned);
        }

        if (seen.IsAdmitted && stamp.Epoch < seen.Epoch)
        {
            world.Attacks.Add(Attack.UpdateUnderAnOlderEpoch);
        }

        if (seen.IsAdmitted && stamp.Generation > seen.Generation)
        {
            world.Attacks.Add(Attack.UpdateUnderANewerGeneration);
        }
    }

    private void See(Message message, object?[] arguments, object served, object? answer)
    {
        switch (message.Name)
        {
            case "Admit" or "ConfirmEpoch" or "Swap" when answer is ShardReport report:
                ShardSeen seen = Of(served);
                if (report.Epoch != seen.Epoch)
                {
                    (seen.SealedCut, seen.NewestCut) = (0, 0);
                }

                (seen.IsAdmitted, seen.Epoch, seen.Generation) = (report.IsAdmitted, report.Epoch, report.Generation);
                break;
            case "Seal" when arguments[0] is SealTicket seal:
                Of(served).SealedCut = Math.Max(Of(served).SealedCut, seal.Cut);
                break;
            case "Apply" when arguments[0] is ShardUpdate update:
                Of(served).NewestCut = Math.Max(Of(served).NewestCut, update.Stamp.Cut);
                break;
            case "Fence":
                Of(served).Fenced.Add((Guid)arguments[0]!);
                break;
            case "BeginStep" when answer is StepStamp stamp && arguments[0] is StepRequest step:
                if (!_stamps.TryAdd((step.Session, step.Step), stamp) && stamp.Epoch == _cutEpoch && _newestCut > stamp.Cut)
                {
                    world.Attacks.Add(Attack.BeginStepRetriedAfterACut);
                }

                SeeCut(stamp.Epoch, stamp.Cut);
                break;
            case "EndStep" when arguments[0] is StepRequest step:
                bool isFirst = _ended.Add((step.Session, step.Step));
                _endedSteps += isFirst ? 1 : 0;
                if (!isFirst && _stamps.TryGetValue((step.Session, step.Step), out StepStamp begun) && begun.Epoch == _cutEpoch && _newestCut > begun.Cut)
                {
                    world.Attacks.Add(Attack.EndStepRetriedAfterACut);
                }

                break;
            case "AbandonStep" when arguments[0] is StepRequest step:
                _gone.Add(step.Session);
                if (answer is true)
                {
                    world.Attacks.Add(Attack.TrainerTearsEachStep);
                }

                break;
            case "CloseSession":
                _gone.Add((Guid)arguments[0]!);
                break;
        }
    }

    private sealed class ShardSeen
    {
        public bool IsAdmitted { get; set; }

        public long Epoch { get; set; }

        public long Generation { get; set; }

        public long SealedCut { get; set; }

        public long NewestCut { get; set; }

        public HashSet<Guid> Fenced { get; } = [];
    }
}
