using Cairn.Contracts.Checkpoints;
using Cairn.Simulation.Engine;
using Cairn.Simulation.Jobs;
using Cairn.Simulation.Networks;
using Cairn.Simulation.Stores;

namespace Cairn.Simulation.Stories;

/// <summary>What a story is made of, all of it drawn from its seed before it begins.</summary>
internal sealed record Scenario(ulong Seed)
{
    private static readonly string[] Requests = ["BeginStep", "EndStep", "Apply", "Seal", "Release", "StartDataFile", "Wait", "Fence", "Swap", "ConfirmEpoch", "OpenSession"];

    private static readonly string[] Blobs =
        ["_cairn/models/", ".index", ".cairn.json", ".data-", "checkpoint", "_cairn/attempts/", "_cairn/staging/", "_cairn/folders/", "m/ckpt"];

    /// <summary>How many silos there are.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>How many shards the shared variable has.</summary>
    public int ClockShards { get; init; } = 1;

    /// <summary>How many variables are owned by one trainer each.</summary>
    public int Owned { get; init; }

    /// <summary>The trainers.</summary>
    public TrainerHabits[] Trainers { get; init; } = [];

    /// <summary>What the operator does.</summary>
    public Errand[] Errands { get; init; } = [];

    /// <summary>How the network behaves.</summary>
    public NetworkTemper Network { get; init; } = NetworkTemper.Calm;

    /// <summary>How the store behaves.</summary>
    public StoreTemper Store { get; init; } = StoreTemper.Calm;

    /// <summary>What is done to the story.</summary>
    public Fault[] Faults { get; init; } = [];

    /// <summary>Whether trouble begins only when the variables have values.</summary>
    public bool BeginsCalm { get; init; } = true;

    /// <summary>Bytes of pages that a silo has.</summary>
    public long PageBytes { get; init; } = 64 << 10;

    /// <summary>Draws a scenario.</summary>
    public static Scenario Draw(ulong seed)
    {
        Dice dice = new(seed);
        int clockShards = dice.Between(1, 2);
        int trainers = dice.Between(1, 3);
        int owned = dice.Between(0, Math.Min(trainers, 4 - clockShards));
        int silos = dice.Pick(1, 2, 2, 3);
        return new Scenario(seed)
        {
            Silos = silos,
            ClockShards = clockShards,
            Owned = owned,
            Trainers = [.. Enumerable.Range(0, trainers).Select(_ => Habits(dice))],
            Errands = DrawErrands(dice),
            Network = DrawNetwork(dice),
            Store = DrawStore(dice),
            Faults = [.. Enumerable.Range(0, dice.Pick(0, 1, 1, 1, 2, 2, 3)).Select(_ => DrawFault(dice))],
            BeginsCalm = dice.Percent(92),
        };
    }

    /// <summary>The scenario in a few lines.</summary>
    public string ToText() =>
        $"""
        seed {Seed}: {Silos} silos, {ClockShards + Owned} shards, {(BeginsCalm ? "calm at first" : "trouble from the beginning")}
        trainers: {string.Join("\n          ", Trainers.Select(trainer => trainer.ToString()))}
        errands:  {string.Join("\n          ", Errands.Select(errand => $"{errand.Kind} {errand.Step} after {TimeSpan.FromTicks(errand.AfterTicks).TotalSeconds:0.00} s"))}
        network:  {Network}
        store:    {Store}
        faults:   {string.Join("\n          ", Faults.Select(fault => fault.ToString()))}
        """;

    private static TrainerHabits Habits(Dice dice) => new()
    {
        Steps = dice.Between(3, 10),
        ThinkTicks = dice.Between(20, 600) * TimeSpan.TicksPerMillisecond,
        TearShare = dice.Percent(6) ? dice.Pick(0.1, 0.5, 1.0) : 0,
        ReadShare = dice.Percent(30) ? 0.5 : 0,
        EmptyShare = dice.Percent(20) ? 0.3 : 0,
        HangsInStep = dice.Percent(6) ? dice.Below(4) : -1,
        HangTicks = dice.Pick(5, 15, 40, 90) * TimeSpan.TicksPerSecond,
        Leaves = dice.Percent(40),
        Closes = dice.Percent(80),
    };

    private static Errand[] DrawErrands(Dice dice)
    {
        bool isNumbered = dice.Percent(75);
        bool isAgain = dice.Percent(15);
        SaveOptions options = new(
            MaxToKeep: dice.Pick(1, 2, 3, 5), WriteMeta: dice.Percent(15), WriteState: dice.Percent(92), Overwrite: isAgain, DeadlineSeconds: dice.Pick(20, 60, 300));
        bool isHasty = dice.Percent(20);
        List<Errand> errands = [];
        int saves = dice.Between(1, 3);
        for (int i = 0; i < saves; i++)
        {
            long after = isHasty && i > 0 ? 0 : dice.Between(200, 4000) * TimeSpan.TicksPerMillisecond;
            long? step = isNumbered ? (isAgain ? 1 + (i / 2) : 1 + i) : null;
            errands.Add(new Errand(ErrandKind.Save, after, step, options, !isHasty));
        }

        if (dice.Percent(12))
        {
            errands.Insert(dice.Between(1, errands.Count), new Errand(ErrandKind.Restore, dice.Between(10, 2000) * TimeSpan.TicksPerMillisecond, null, options, true));
        }

        if (dice.Percent(3))
        {
            errands.Insert(dice.Between(0, errands.Count), new Errand(ErrandKind.Delete, dice.Between(10, 2000) * TimeSpan.TicksPerMillisecond, null, options, true));
        }

        return [.. errands];
    }

    private static NetworkTemper DrawNetwork(Dice dice)
    {
        long delay = dice.Pick(1, 5, 30, 200) * TimeSpan.TicksPerMillisecond;
        return dice.Percent(50)
            ? NetworkTemper.Calm with { DelayTicks = delay }
            : new NetworkTemper(delay, dice.Pick(0, 0.01, 0.03), dice.Pick(0, 0.05, 0.15), dice.Pick(0, 0.02, 0.05), dice.Pick(2, 12, 45) * TimeSpan.TicksPerSecond);
    }

    private static StoreTemper DrawStore(Dice dice)
    {
        long delay = dice.Pick(1, 10, 50, 300) * TimeSpan.TicksPerMillisecond;
        return dice.Percent(60)
            ? StoreTemper.Calm with { DelayTicks = delay }
            : new StoreTemper(delay, dice.Pick(0, 0.01, 0.04), dice.Pick(0, 0.01, 0.04), dice.Pick(0, 0.02, 0.05), dice.Pick(1, 10, 60) * TimeSpan.TicksPerSecond);
    }

    private static Fault DrawFault(Dice dice)
    {
        FaultKind kind = dice.Percent(88) ? DrawOwnFault(dice) : DrawForeignFault(dice);
        Moment when = dice.Pick(Moment.Time, Moment.Message, Moment.Answer, Moment.BeforeEffect, Moment.AfterEffect, Moment.AfterEffect);
        (string pattern, long nth) = when switch
        {
            Moment.Time => ("", dice.Between(100, 15_000) * TimeSpan.TicksPerMillisecond),
            Moment.Message or Moment.Answer => (dice.Pick<string>(Requests), dice.Between(1, 20)),
            _ => (dice.Pick<string>(Blobs), dice.Between(1, 12)),
        };
        return new Fault(kind, when, pattern, nth, dice.Below(1000), dice.Pick(1, 4, 12, 40) * TimeSpan.TicksPerSecond);
    }

    private static FaultKind DrawOwnFault(Dice dice) => dice.Pick(
        FaultKind.CrashSilo,
        FaultKind.CrashSilo,
        FaultKind.CrashCoordinator,
        FaultKind.CrashCoordinator,
        FaultKind.CrashCoordinator,
        FaultKind.FreezeSilo,
        FaultKind.FreezeCoordinator,
        FaultKind.FreezeCoordinator,
        FaultKind.MoveCoordinator,
        FaultKind.MoveCoordinator,
        FaultKind.MoveCoordinator,
        FaultKind.PartitionCoordinator,
        FaultKind.PartitionCoordinator,
        FaultKind.ForgetShard,
        FaultKind.PartitionSilo,
        FaultKind.CrashAll,
        FaultKind.CrashTrainer,
        FaultKind.CrashTrainer,
        FaultKind.FreezeTrainer,
        FaultKind.FreezeTrainer,
        FaultKind.CrashTrainerAndCoordinator,
        FaultKind.StoreFails,
        FaultKind.StoreSlow,
        FaultKind.ExhaustPool,
        FaultKind.LoseBlocks);

    private static FaultKind DrawForeignFault(Dice dice) => dice.Pick(
        FaultKind.ForeignIndex,
        FaultKind.ForeignIndex,
        FaultKind.ForeignDeletesFile,
        FaultKind.ForeignDeletesFile,
        FaultKind.ForeignDeletesBase,
        FaultKind.ForeignReplacesBase,
        FaultKind.ForeignDamagesBase,
        FaultKind.SecondCluster);
}
