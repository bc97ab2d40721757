using Cairn.Contracts.Models;
using Cairn.Format.Blobs;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Variables.Pages;
using Cairn.Simulation.Clusters;
using Cairn.Simulation.Engine;
using Cairn.Simulation.Jobs;
using Cairn.Simulation.Networks;
using Cairn.Simulation.Stores;

namespace Cairn.Simulation.Stories;

/// <summary>Does the harm that a scenario asks for, each at its moment, and heals it in the end.</summary>
internal sealed class Nemesis(World world)
{
    private const long Second = TimeSpan.TicksPerSecond;

    private readonly List<(Fault Fault, int Seen)> _waiting = [];
    private readonly HashSet<Party> _cutOff = [];
    private readonly int[] _met = new int[Enum.GetValues<Moment>().Length];
    private readonly Dictionary<int, int> _lives = [];
    private long _lastFailover = long.MinValue / 2;
    private bool _isHealed;
    private int _timed;
    private SimCluster? _second;

    /// <summary>How the store behaves now.</summary>
    public StoreTemper StoreTemper { get; private set; } = world.Scenario.BeginsCalm ? StoreTemper.Calm : world.Scenario.Store;

    /// <summary>Whether another program has done harm that nobody promises to survive.</summary>
    public bool IsHostile { get; private set; }

    /// <summary>Whether the next commit finds no blocks.</summary>
    public bool LosesBlocks { get; set; }

    /// <summary>Whether nothing more will happen at a time.</summary>
    public bool IsDone => _timed == 0;

    /// <summary>Whether no message comes through between two processes.</summary>
    public bool IsCut(Party one, Party other) => _cutOff.Count > 0 && one != other && (_cutOff.Contains(one) || _cutOff.Contains(other));

    /// <summary>How often a moment has come until all was healed.</summary>
    public int Met(Moment moment) => _met[(int)moment];

    /// <summary>Begins.</summary>
    public void Begin()
    {
        SetStore(world.Scenario.Store);
        Array.Clear(_met);
        foreach (Fault fault in world.Scenario.Faults)
        {
            if (fault.When == Moment.Time)
            {
                _timed++;
                world.Pump.After(fault.Nth, null, () =>
                {
                    _timed--;
                    Strike(fault);
                });
            }
            else
            {
                _waiting.Add((fault, 0));
            }
        }
    }

    /// <summary>Something that a fault may wait for has come.</summary>
    public void Meets(Moment moment, string name)
    {
        _met[(int)moment] += _isHealed ? 0 : 1;
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            (Fault fault, int seen) = _waiting[i];
            if (fault.When != moment || !name.Contains(fault.Pattern, StringComparison.Ordinal))
            {
                continue;
            }

            if (seen + 1 < fault.Nth)
            {
                _waiting[i] = (fault, seen + 1);
                continue;
            }

            _waiting.RemoveAt(i);
            Strike(fault);
        }
    }

    /// <summary>Ends all harm: whoever is stopped wakes up, what is dead is started again, nothing is lost any more.</summary>
    public void Heal()
    {
        _isHealed = true;
        _waiting.Clear();
        _cutOff.Clear();
        LosesBlocks = false;
        world.Network.Temper = NetworkTemper.Calm;
        SetStore(StoreTemper.Calm);
        foreach (SimSilo silo in world.Cluster.Silos.ToArray())
        {
            if (silo.Party.IsFrozen)
            {
                Wake(silo);
            }
            else if (silo is { GivenUpAt: not null, Party.IsDead: false })
            {
                Kill(silo, Second);
            }
        }

        foreach (Trainer trainer in world.Trainers.ToArray())
        {
            if (trainer.Party.IsFrozen)
            {
                trainer.Party.Wake();
            }
        }
    }

    private void Strike(Fault fault)
    {
        if (_isHealed)
        {
            return;
        }

        world.Trace.Tell(null, $"!! {fault}");
        switch (fault.Kind)
        {
            case FaultKind.CrashSilo when PickSilo(fault) is { } silo:
                Kill(silo, fault.Ticks);
                break;
            case FaultKind.CrashCoordinator when CoordinatorSilo is { } silo:
                Kill(silo, fault.Ticks);
                break;
            case FaultKind.CrashOtherSilo when Alive.FirstOrDefault(silo => silo != CoordinatorSilo) is { } silo:
                Kill(silo, fault.Ticks);
                break;
            case FaultKind.FreezeSilo when PickSilo(fault) is { } silo:
                Freeze(silo, fault.Ticks);
                break;
            case FaultKind.FreezeCoordinator when CoordinatorSilo is { } silo:
                Freeze(silo, fault.Ticks);
                break;
            case FaultKind.MoveCoordinator when CoordinatorSilo is { } silo:
                Failover();
                world.Cluster.Coordinator(Model).Forget();
                break;
            case FaultKind.PartitionCoordinator when CoordinatorSilo is { } silo:
                CutOff(silo, fault.Ticks);
                break;
            case FaultKind.PartitionSilo when PickSilo(fault) is { } silo:
                CutOff(silo, fault.Ticks);
                break;
            case FaultKind.ForgetShard:
                ShardEndpoint[] shards = [.. world.Cluster.Shards];
                if (shards.Length > 0)
                {
                    shards[fault.Pick % shards.Length].Forget();
                }

                break;
            case FaultKind.CrashAll:
                world.Attacks.Add(Attack.ColdStartWithLiveTrainers);
                foreach (SimSilo silo in Alive.ToArray())
                {
                    Kill(silo, fault.Ticks);
                }

                break;
            case FaultKind.CrashTrainer:
                KillTrainer(fault);
                break;
            case FaultKind.CrashTrainerAndCoordinator when CoordinatorSilo is { } silo:
                world.Attacks.Add(Attack.SessionAndCoordinatorDieTogether);
                KillTrainer(fault);
                Kill(silo, fault.Ticks);
                break;
            case FaultKind.FreezeTrainer:
                FreezeTrainer(fault);
                break;
            case FaultKind.StoreFails:
                SetStore(StoreTemper with { FailsBeforeShare = 0.5, FailsAfterShare = 0.3 });
                world.Pump.After(fault.Ticks, null, () => SetStore(_isHealed ? StoreTemper.Calm : world.Scenario.Store));
                break;
            case FaultKind.StoreSlow:
                SetStore(StoreTemper with { DelayTicks = 3 * Second });
                world.Pump.After(fault.Ticks, null, () => SetStore(_isHealed ? StoreTemper.Calm : world.Scenario.Store));
                break;
            case FaultKind.ExhaustPool when PickSilo(fault) is { } silo:
                Exhaust(silo, fault.Ticks);
                break;
            case FaultKind.LoseBlocks:
                LosesBlocks = true;
                break;
            default:
                StrikeFromOutside(fault);
                break;
        }
    }

    private void StrikeFromOutside(Fault fault)
    {
        SaveAttempt? attempt = world.Judge.Record?.Attempt;
        string? whole = world.Judge.Record?.Base?.Whole.Prefix;
        switch (fault.Kind)
        {
            case FaultKind.ForeignIndex when attempt is not null:
                Hostile(Attack.ForeignIndexAtThePrefix);
                world.Store.TryPut(null, StoreEffect.Write, attempt.Checkpoint.IndexName, [1, 2, 3], BlobCondition.None);
                break;
            case FaultKind.ForeignDeletesFile when attempt is not null:
                AttemptFile file = attempt.Files[fault.Pick % attempt.Files.Length];
                if (world.Store.Find(file.Target) is not null)
                {
                    Hostile(Attack.FilesGoneAtCommit);
                    world.Store.Delete(null, file.Target, null);
                }

                break;
            case FaultKind.ForeignDeletesBase when whole is not null:
                Hostile(Attack.BaseDeleted);
                world.Store.Delete(null, whole + ".index", null);
                break;
            case FaultKind.ForeignReplacesBase when whole is not null:
                Hostile(Attack.BaseReplaced);
                world.Store.TryPut(null, StoreEffect.Write, whole + ".index", [9, 9, 9], BlobCondition.None);
                break;
            case FaultKind.ForeignDamagesBase when whole is not null:
                foreach (BlobProperties data in world.Store.List(whole + ".data-").Take(1))
                {
                    Hostile(Attack.BaseDamaged);
                    byte[] damaged = [.. world.Store.Find(data.Name)!.Bytes];
                    damaged[fault.Pick % damaged.Length] ^= 0x40;
                    world.Store.TryPut(null, StoreEffect.Write, data.Name, damaged, BlobCondition.None);
                }

                break;
            case FaultKind.SecondCluster:
                StartSecondCluster();
                break;
        }
    }

    private string Model => world.Truth.Layout.Definition.Name;

    private IEnumerable<SimSilo> Alive => world.Cluster.Silos.Where(silo => silo is { Party.IsDead: false, Party.IsFrozen: false, GivenUpAt: null });

    private SimSilo? CoordinatorSilo => world.Cluster.Coordinator(Model).Silo is { Party: { IsDead: false, IsFrozen: false } } silo ? silo : null;

    private SimSilo? PickSilo(Fault fault)
    {
        SimSilo[] alive = [.. Alive];
        return alive.Length == 0 ? null : alive[fault.Pick % alive.Length];
    }

    private void Hostile(Attack attack)
    {
        IsHostile = true;
        world.Attacks.Add(attack);
    }

    private void Kill(SimSilo silo, long restartTicks)
    {
        if (silo.Party.IsDead)
        {
            return;
        }

        if (silo == world.Cluster.Coordinator(Model).Silo)
        {
            Failover();
        }

        world.Trace.Tell(silo.Party, $"dies");
        silo.Party.Die();
        _cutOff.Remove(silo.Party);
        world.Pump.After(NoticeTicks(silo), null, silo.GiveUp);
        world.Pump.After(restartTicks, null, () => world.StartSilo(silo.Number));
    }

    private void Freeze(SimSilo silo, long ticks)
    {
        if (silo == world.Cluster.Coordinator(Model).Silo)
        {
            Failover();
        }

        world.Trace.Tell(silo.Party, $"is stopped");
        silo.Party.Freeze();
        long notice = NoticeTicks(silo);
        if (ticks > notice)
        {
            world.Pump.After(notice, null, silo.GiveUp);
        }

        world.Pump.After(ticks, null, () => Wake(silo));
    }

    // One that was given up finds that out some time after it woke up, and ends itself, as a silo of Orleans does.
    private void Wake(SimSilo silo)
    {
        if (silo.Party.IsDead || !silo.Party.IsFrozen)
        {
            return;
        }

        world.Trace.Tell(silo.Party, $"wakes up");
        silo.Party.Wake();
        if (silo.GivenUpAt is not null)
        {
            world.Pump.After(NoticeTicks(silo) / 2, null, () => Kill(silo, Second));
        }
    }

    private void CutOff(SimSilo silo, long ticks)
    {
        if (silo == world.Cluster.Coordinator(Model).Silo)
        {
            Failover();
        }

        _cutOff.Add(silo.Party);
        long notice = NoticeTicks(silo);
        if (ticks > notice)
        {
            world.Pump.After(notice, null, silo.GiveUp);
        }

        world.Pump.After(ticks, null, () =>
        {
            _cutOff.Remove(silo.Party);
            if (silo.GivenUpAt is not null)
            {
                world.Pump.After(NoticeTicks(silo) / 2, null, () => Kill(silo, Second));
            }
        });
    }

    private void KillTrainer(Fault fault)
    {
        int index = fault.Pick % world.Trainers.Count;
        Trainer trainer = world.Trainers[index];
        if (trainer.IsDone || trainer.Party.IsDead)
        {
            return;
        }

        world.Trace.Tell(trainer.Party, $"dies");
        trainer.Party.Die();
        int life = _lives[index] = _lives.GetValueOrDefault(index, 1) + 1;
        world.Pump.After(fault.Ticks, null, () => world.StartTrainer(index, life));
    }

    private void FreezeTrainer(Fault fault)
    {
        Trainer trainer = world.Trainers[fault.Pick % world.Trainers.Count];
        long ticks = fault.Ticks + (30 * Second);
        if (trainer.IsDone || trainer.Party.IsDead || trainer.Party.IsFrozen)
        {
            return;
        }

        world.Attacks.Add(Attack.TrainerStoppedLongerThanItsLease);
        world.Trace.Tell(trainer.Party, $"is stopped");
        trainer.Party.Freeze();
        world.Pump.After(ticks, null, trainer.Party.Wake);
    }

    private void Exhaust(SimSilo silo, long ticks)
    {
        PagePool pool = silo.Shards.Pool;
        List<Page> taken = [];
        while (pool.BytesMax - pool.UsedBytes >= 64)
        {
            taken.Add(pool.Rent((int)Math.Min(4096, (pool.BytesMax - pool.UsedBytes) / 64 * 64)));
        }

        world.Pump.After(ticks, null, () => taken.ForEach(page => page.Release()));
    }

    private void StartSecondCluster()
    {
        if (_second is not null)
        {
            return;
        }

        world.Attacks.Add(Attack.TwoClustersOnOneStore);
        _second = new SimCluster("d", world.Network, world.Store, world.Scenario.Seed, world.Cluster.Limits, world.Cluster.Loggers);
        _second.Start(9);
        Party client = new(world.Pump, "op2");
        client.Start(async () => await Calls.TryAsync(() => SimGrainFactory.Make(_second, client)
            .GetGrain<Contracts.Coordination.ICheckpointCoordinatorGrain>(Model).DescribeAsync()));
    }

    private void Failover()
    {
        world.Attacks.Add(PhaseNow());
        if (world.Judge.Record?.Attempt is { Kind: AttemptKind.Replace })
        {
            world.Attacks.Add(Attack.DyingWhileReplacing);
        }

        if (world.Pump.Now - _lastFailover < 15 * Second)
        {
            world.Attacks.Add(Attack.FailoverTwiceInARow);
        }

        _lastFailover = world.Pump.Now;
    }

    private Attack PhaseNow() => world.Judge.Record?.Attempt?.Phase switch
    {
        AttemptPhase.Committing => Attack.FailoverWhileCommitting,
        AttemptPhase.Replacing => Attack.FailoverWhileReplacing,
        _ => world.LastOrder switch
        {
            "Seal" => Attack.FailoverWhileSealing,
            "StartDataFile" => Attack.FailoverWhileMoving,
            "Swap" => Attack.FailoverWhileSwapping,
            "StartLoad" => Attack.FailoverWhileLoading,
            _ => world.Operator.UnderWay > 0 ? Attack.FailoverWhilePreparing : Attack.FailoverWhileIdle,
        },
    };

    private void SetStore(StoreTemper temper)
    {
        StoreTemper = temper;
        foreach (SimSilo silo in world.Cluster.Silos)
        {
            silo.Store.Temper = temper;
        }
    }

    private long NoticeTicks(SimSilo silo) =>
        (3 * Second) + (long)(Chance.Unit(Chance.Mix(world.Scenario.Seed, silo.Party.Hash, (ulong)world.Pump.Now, 40)) * 8 * Second);
}
