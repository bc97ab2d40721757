using Cairn.Contracts.Checkpoints;
using Cairn.Simulation.Jobs;
using Cairn.Simulation.Stories;

namespace Cairn.Simulation.Runs;

/// <summary>Plays a few saves through once for every point at which a process can die in them: before and after every message and every change of the store,
/// each of the processes, for models of 1 to 4 shards.</summary>
internal static class CrashPoints
{
    private const int ShardsMax = 4;

    private static readonly FaultKind[] Victims = [FaultKind.CrashCoordinator, FaultKind.CrashOtherSilo, FaultKind.CrashTrainer];
    private static readonly Moment[] Moments = [Moment.Message, Moment.Answer, Moment.BeforeEffect, Moment.AfterEffect];

    /// <summary>Plays them all. Told of each story that broke an invariant.</summary>
    public static (long Points, long Violations) Run(int workers, Action<string> tell)
    {
        long violations = 0;
        Scenario[] stories = [.. Cases().SelectMany(PointsOf)];
        Parallel.ForEach(stories, new ParallelOptions { MaxDegreeOfParallelism = workers }, story =>
        {
            Verdict verdict = new World(story, null).Run();
            if (verdict.Violations.Count > 0)
            {
                Interlocked.Increment(ref violations);
                tell($"{story.Faults[0]} with {story.ClockShards + story.Owned} shards: {verdict.Violations[0]}");
            }
        });
        return (stories.Length, violations);
    }

    private static IEnumerable<Scenario> Cases() =>
        from shards in Enumerable.Range(1, ShardsMax)
        from isNumbered in (bool[])[true, false]
        let clock = shards == 1 ? 1 : 2
        select new Scenario((ulong)shards)
        {
            Silos = 2,
            ClockShards = clock,
            Owned = shards - clock,
            Trainers = [.. Enumerable.Range(0, Math.Max(1, shards - clock)).Select(_ => new TrainerHabits { Steps = 4, ThinkTicks = TimeSpan.TicksPerSecond / 2 })],
            Errands = [Save(isNumbered ? 1 : null), Save(isNumbered ? 2 : null)],
        };

    private static Errand Save(long? step) =>
        new(ErrandKind.Save, TimeSpan.TicksPerSecond / 2, step, new SaveOptions(MaxToKeep: 1, DeadlineSeconds: 60), true);

    private static IEnumerable<Scenario> PointsOf(Scenario scenario)
    {
        World calm = new(scenario, null);
        calm.Run();
        return
            from moment in Moments
            from nth in Enumerable.Range(1, calm.Nemesis.Met(moment))
            from victim in Victims
            select scenario with { Faults = [new Fault(victim, moment, "", nth, 0, 4 * TimeSpan.TicksPerSecond)] };
    }
}
