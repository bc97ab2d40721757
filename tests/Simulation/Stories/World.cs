using Cairn.Contracts.Checkpoints;
using Cairn.Grains.Coordination;
using Cairn.Grains.Variables;
using Cairn.Simulation.Checks;
using Cairn.Simulation.Clusters;
using Cairn.Simulation.Engine;
using Cairn.Simulation.Jobs;
using Cairn.Simulation.Networks;
using Cairn.Simulation.Stores;

namespace Cairn.Simulation.Stories;

/// <summary>Everything that a story is played with, and its course: trouble, healing, a last save, and time for whatever has to be swept.</summary>
internal sealed class World
{
    private const long Second = TimeSpan.TicksPerSecond;
    private const long TroubleTicks = 60 * Second;
    private const long EndTicks = 30 * 60 * Second;
    private const long SweepTicks = 25 * 60 * Second;

    private readonly Nemesis _nemesis;
    private readonly StoryWatch _watch;
    private string _refusal = "";

    public World(Scenario scenario, TextWriter? output)
    {
        Scenario = scenario;
        Pump = new Pump();
        Trace = new Trace(Pump, output);
        Network = new Network(Pump, scenario.Seed) { Temper = scenario.BeginsCalm ? NetworkTemper.Calm : scenario.Network };
        Store = new SimStore(Pump);
        Truth = new Truth(new ModelLayout("m", scenario.ClockShards, scenario.Owned));
        Judge = new Judge(Store, Truth);
        Cluster = new SimCluster("c", Network, Store, scenario.Seed, LimitsOf(scenario), new TraceLoggers(Trace));
        Job = new Job(Cluster, Truth, scenario.Seed, Trace, Attacks);
        _watch = new StoryWatch(this);
        _nemesis = new Nemesis(this);
        Network.Watch = _watch;
        Store.Changed = change =>
        {
            Judge.See(change);
            _watch.Changed(change);
        };
    }

    /// <summary>What it is made of.</summary>
    public Scenario Scenario { get; }

    /// <summary>The clock.</summary>
    public Pump Pump { get; }

    /// <summary>The story, for people.</summary>
    public Trace Trace { get; }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The store.</summary>
    public SimStore Store { get; }

    /// <summary>What really happens.</summary>
    public Truth Truth { get; }

    /// <summary>Who says what is broken.</summary>
    public Judge Judge { get; }

    /// <summary>The silos.</summary>
    public SimCluster Cluster { get; }

    /// <summary>What the clients share.</summary>
    public Job Job { get; }

    /// <summary>Which attacks have occurred.</summary>
    public AttackCounts Attacks { get; } = new();

    /// <summary>The trainers' present lives.</summary>
    public List<Trainer> Trainers { get; } = [];

    /// <summary>Who saves and restores.</summary>
    public Operator Operator { get; private set; } = null!;

    /// <summary>What does harm.</summary>
    public Nemesis Nemesis => _nemesis;

    /// <summary>The last order that tells how far a coordinator is.</summary>
    public string LastOrder { get; set; } = "";

    /// <summary>A hash of everything that has happened.</summary>
    public ulong Digest { get; private set; }

    /// <summary>Plays the story.</summary>
    public Verdict Run()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Play();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        if (Pump.Strayed is { } strayed)
        {
            Judge.Break("nondeterminism", strayed);
        }

        if (Pump.Uncaught is { } fault)
        {
            Judge.Break("uncaught", fault.ToString());
        }

        return new Verdict(Scenario.Seed, Judge.Violations, Attacks, Digest, Judge.Commits, Pump.Happened);
    }

    /// <summary>Takes in that something happened.</summary>
    public void Mark(ulong hash) => Digest = Chance.Mix(Digest, hash, (ulong)Pump.Now, 0);

    /// <summary>Starts a silo.</summary>
    public SimSilo StartSilo(int number)
    {
        SimSilo silo = Cluster.Start(number);
        silo.Store.Temper = _nemesis.StoreTemper;
        silo.Store.Watch = _watch;
        Trace.Tell(silo.Party, $"starts");
        return silo;
    }

    /// <summary>Starts a life of a trainer.</summary>
    public void StartTrainer(int index, int life)
    {
        Party party = new(Pump, $"t{index}.{life}") { CallTicks = 6 * Second };
        Trainer trainer = new(Job, index, party, Scenario.Trainers[index]);
        if (index < Trainers.Count)
        {
            Trainers[index] = trainer;
        }
        else
        {
            Trainers.Add(trainer);
        }

        trainer.Start();
    }

    private bool IsBroken => Judge.Violations.Count > 0 || Pump.Strayed is not null || Pump.Uncaught is not null;

    private bool IsQuiet => Operator.IsDone && Trainers.TrueForAll(trainer => trainer.IsDone);

    private void Play()
    {
        for (int i = 0; i < Scenario.Silos; i++)
        {
            StartSilo(i);
        }

        for (int i = 0; i < Scenario.Trainers.Length; i++)
        {
            StartTrainer(i, 1);
        }

        // Most stories begin when the variables have values: before that there is little to break.
        Operator = new Operator(Job, new Party(Pump, "op") { CallTicks = 15 * Second }, Judge, Scenario.Errands);
        if (Scenario.BeginsCalm)
        {
            Until(TroubleTicks, () => Judge.Record is { } record && Truth.IsInitialised(record.Generation));
        }

        Network.Temper = Scenario.Network;
        _nemesis.Begin();
        Operator.Start();
        Until(TroubleTicks, () => IsQuiet && _nemesis.IsDone);

        Trace.Tell(null, $"all is healed");
        _nemesis.Heal();
        if (!Until(EndTicks, () => IsQuiet))
        {
            Judge.Break("I7", $"nobody has come to an end within {EndTicks / Second / 60} minutes after all was healed: {Waiting()}");
        }

        SaveAtLast();
        Job.IsClosing = true;
        Cluster.TickPeriod = TimeSpan.FromSeconds(60);
        Until(SweepTicks, () => false);
        if (!IsBroken)
        {
            Judge.SeeTheEnd();
        }
    }

    // Whatever happened: when all is healed, the model works.
    private void SaveAtLast()
    {
        if (IsBroken)
        {
            return;
        }

        // A step that was torn, or a silo that was lost, may cost the first of them.
        for (int i = 0; i < 6 && !IsBroken; i++)
        {
            Errand save = new(ErrandKind.Save, (1 + (i * 10)) * Second, 1000 + i, new SaveOptions(MaxToKeep: 0, WriteMeta: false), true);
            Operator last = StartOperator($"end{i}", [save]);
            if (!Until(EndTicks, () => last.IsDone))
            {
                Judge.Break("I7", $"the last save has not ended: {last.Doing}");
            }

            if (last.Last is { Phase: OperationPhase.Succeeded })
            {
                return;
            }

            _refusal = $"{last.Last?.Error} {last.Last?.Message}";
        }

        bool isExcused = _nemesis.IsHostile || Judge.Record is not { Definition: not null } record || !Truth.IsInitialised(record.Generation);
        if (!IsBroken && !isExcused)
        {
            Judge.Break("I7", $"the last save failed, though all is healed: {_refusal}");
        }
    }

    private Operator StartOperator(string name, IReadOnlyList<Errand> errands)
    {
        Operator one = new(Job, new Party(Pump, name) { CallTicks = 15 * Second }, Judge, errands);
        one.Start();
        return one;
    }

    private bool Until(long ticks, Func<bool> isOver)
    {
        long end = Pump.Now + ticks;
        while (!isOver())
        {
            if (IsBroken || !Pump.Step(end))
            {
                return IsBroken;
            }
        }

        return true;
    }

    private string Waiting() => string.Join("; ", Trainers.Where(trainer => !trainer.IsDone).Select(trainer => $"{trainer.Party} {trainer.Doing}")
        .Append(Operator.IsDone ? "" : $"the operator {Operator.Doing}"));

    private static SimLimits LimitsOf(Scenario scenario) => new(
        new CoordinationOptions { StepSecondsMax = 60, SessionsMax = 100 },
        new VariablesOptions { PageBytesMax = scenario.PageBytes, ReceivedBytesMax = 1 << 20, BlockBytes = 1 << 10, InFlightBytesMax = 1 << 20 });
}
