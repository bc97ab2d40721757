using Cairn.Format.Errors;
using Cairn.Testing.Faults;

namespace Cairn.Grains.Tests.Commits;

/// <summary>A process dies at every store operation of a save, before it and after it; its successor dies too; a store fails at every operation; a zombie goes
/// on at every operation.</summary>
public sealed class CrashTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly FaultMode[] Deaths = [FaultMode.DieBefore, FaultMode.DieAfter];

    public static TheoryData<string> Scenarios => [.. Scenario.All.Select(scenario => scenario.Name)];

    [Theory, MemberData(nameof(Scenarios))]
    public async Task Save_WithoutFaults_IsCommitted_AndLeavesNothingOver(string name)
    {
        World world = await World.AtActAsync(Of(name));

        await (await world.StartAsync(world.Store)).SaveAsync(world.Act);

        await world.SweepAsync();
        await world.CheckAsync(name, isAcknowledged: true);
    }

    [Theory, MemberData(nameof(Scenarios))]
    public async Task Death_AtAnyOperationOfASave_LeavesThePreviousCheckpoint_AndTheInterruptedOneAbsentOrComplete(string name)
    {
        foreach (FaultMode death in Deaths)
        {
            for (int n = 1; await DieAsync(Of(name), death, n); n++)
            {
            }
        }
    }

    [Theory, MemberData(nameof(Scenarios))]
    public async Task Death_OfTheSuccessorToo_LeavesThePreviousCheckpoint_AndTheInterruptedOneAbsentOrComplete(string name)
    {
        // Only deaths after a change: the store is then as after any death before the next one.
        Scenario scenario = Of(name);
        World whole = await World.AtActAsync(scenario);
        var counting = new FaultInjectingBlobStore(whole.Store, 0, FaultMode.None);
        Assert.True(await ActAsync(whole, counting));
        foreach (int n in Changes(counting))
        {
            await DieTwiceAsync(scenario, n);
        }
    }

    [Theory, MemberData(nameof(Scenarios))]
    public async Task Fault_AtAnyOperationOfASave_IsOutlivedByTheSameCoordinator(string name)
    {
        foreach (FaultMode mode in new[] { FaultMode.FailBefore, FaultMode.FailAfter, FaultMode.Duplicate })
        {
            for (int n = 1; await FailAsync(Of(name), mode, n); n++)
            {
            }
        }
    }

    [Theory, MemberData(nameof(Scenarios))]
    public async Task Zombie_ThatWakesUpAtAnyOperation_ChangesNothing(string name)
    {
        // From 2 on: what has not yet read the record is no zombie.
        for (int n = 2; await WakeAsync(Of(name), n); n++)
        {
        }
    }

    [Theory]
    [InlineData("first save")]
    [InlineData("retention")]
    [InlineData("replace the only one")]
    public async Task Zombie_ThatGoesOnWhileItsSuccessorRecovers_MixesNothing(string name)
    {
        Scenario scenario = Of(name);
        World whole = await World.AtActAsync(scenario);
        var counting = new FaultInjectingBlobStore(whole.Store, 0, FaultMode.None);
        Assert.True(await ActAsync(whole, counting));
        foreach (int n in Changes(counting).Where(n => n > 2))
        {
            for (int m = 2; await MeetAsync(scenario, n, m); m++)
            {
            }
        }
    }

    private static Scenario Of(string name) => Scenario.All.Single(scenario => scenario.Name == name);

    private static async Task<bool> DieAsync(Scenario scenario, FaultMode death, int n)
    {
        World world = await World.AtActAsync(scenario);
        var dying = new FaultInjectingBlobStore(world.Store, n, death);
        bool isAcknowledged = await ActAsync(world, dying);

        await world.SweepAsync();
        await world.CheckAsync($"{scenario}, {death} at {n} ({At(dying, n)})", isAcknowledged);
        return !isAcknowledged;
    }

    private static async Task DieTwiceAsync(Scenario scenario, int n)
    {
        foreach (int m in Changes(await SucceedAsync(scenario, n, 0, FaultMode.None)))
        {
            await SucceedAsync(scenario, n, m, FaultMode.DieAfter);
        }
    }

    /// <summary>Dies after the n-th operation; a successor meets a fault of its own at its m-th, and another one has the last word.</summary>
    private static async Task<FaultInjectingBlobStore> SucceedAsync(Scenario scenario, int n, int m, FaultMode second)
    {
        World world = await World.AtActAsync(scenario);
        var dying = new FaultInjectingBlobStore(world.Store, n, FaultMode.DieAfter);
        Assert.False(await ActAsync(world, dying));
        var successor = new FaultInjectingBlobStore(world.Store, m, second);
        await TryAsync(() => world.StartAsync(successor));

        await world.SweepAsync();
        await world.CheckAsync($"{scenario}, death after {n} ({At(dying, n)}), then {second} at {m} ({At(successor, Math.Max(m, 1))})", isAcknowledged: false);
        return successor;
    }

    private static IEnumerable<int> Changes(FaultInjectingBlobStore store) => store.Operations
        .Select((operation, i) => (operation, n: i + 1))
        .Where(one => one.operation.Split(' ')[0] is "TryWrite" or "TryCopy" or "Delete" or "TryCommit")
        .Select(one => one.n);

    private static async Task<bool> FailAsync(Scenario scenario, FaultMode mode, int n)
    {
        World world = await World.AtActAsync(scenario);
        var failing = new FaultInjectingBlobStore(world.Store, n, mode);
        Coordinator coordinator = await StartOrStartAgainAsync(world, failing);
        await coordinator.SaveOrSettleAsync(world.Act);

        string story = $"{scenario}, {mode} at {n} ({At(failing, n)})";
        bool hasFailed = failing.Count >= n;
        Assert.False(coordinator.Ledger.IsSuperseded, $"{story}: it took its own write for somebody else's.");
        if (!hasFailed)
        {
            return false;
        }

        await coordinator.SaveAsync(new Save("m/next-1", "next", WriteState: false, IsWhole: false));

        await world.SweepAsync();
        await world.CheckAsync(story, isAcknowledged: false);
        return true;
    }

    private static async Task<Coordinator> StartOrStartAgainAsync(World world, FaultInjectingBlobStore failing)
    {
        try
        {
            return await world.StartAsync(failing);
        }
        catch (Exception fault) when ((fault.InnerException ?? fault) is CheckpointException { Error: CheckpointError.StoreUnavailable })
        {
            return await world.StartAsync(failing); // The activation failed; the next call makes another.
        }
    }

    private static async Task<bool> WakeAsync(Scenario scenario, int n)
    {
        World world = await World.AtActAsync(scenario);
        var stopped = new FaultInjectingBlobStore(world.Store, n, FaultMode.Delay);
        Task<bool> zombie = ActAsync(world, stopped);
        if (await Task.WhenAny(zombie, stopped.Reached) == zombie && stopped.Count < n)
        {
            return false;
        }

        // While it sleeps: its successor recovers, and goes on to save, replace and evict at the same names.
        Coordinator successor = await world.StartAsync(world.Store);
        await successor.SaveOrSettleAsync(new Save(world.Act.Prefix, "successor's", Overwrite: true, IsNumbered: world.Act.IsNumbered, DataFiles: 4));
        await successor.SaveAsync(new Save("m/s-1", "s1", MaxToKeep: 1));
        await successor.SaveAsync(new Save("m/s-2", "s2", MaxToKeep: 1));
        await successor.SaveAsync(new Save("m/s-3", "s3", MaxToKeep: 1));

        stopped.Continue();
        await zombie.WaitAsync(Deadline);
        string story = $"{scenario}, a zombie wakes at {n} ({At(stopped, n)})";
        Assert.True(world.Store.Fault is null, $"{story}: {world.Store.Fault}");
        Assert.True(await ToyBundle.ReadAsync(world.Memory, new("m/s-3")) == "s3", $"{story}: the successor's checkpoint is lost.");
        string newest = (await OutsideReader.StateAsync(world.Memory, "m/checkpoint"))!.ModelCheckpointPath;
        Assert.True(newest == "m/s-3", $"{story}: the state file is the zombie's, and names '{newest}'.");
        return true;
    }

    /// <summary>The zombie stops at n; its successor stops at m; the zombie goes on to its end; then the successor does.</summary>
    /// <returns>False when m is past the successor's end.</returns>
    private static async Task<bool> MeetAsync(Scenario scenario, int n, int m)
    {
        World world = await World.AtActAsync(scenario);
        var stopped = new FaultInjectingBlobStore(world.Store, n, FaultMode.Delay);
        Task<bool> zombie = ActAsync(world, stopped);
        await stopped.Reached.WaitAsync(Deadline);

        var slow = new FaultInjectingBlobStore(world.Store, m, FaultMode.Delay);
        Task<bool> successor = TryAsync(() => world.StartAsync(slow));
        bool isMet = await Task.WhenAny(successor, slow.Reached).WaitAsync(Deadline) == slow.Reached || slow.Count >= m;
        stopped.Continue();
        bool isAcknowledged = await zombie.WaitAsync(Deadline);
        slow.Continue();
        await successor.WaitAsync(Deadline);

        await world.SweepAsync();
        await world.CheckAsync($"{scenario}, a zombie at {n} ({At(stopped, n)}), its successor at {m} ({At(slow, m)})", isAcknowledged);
        return isMet;
    }

    /// <summary>True when the save was acknowledged before the process died.</summary>
    private static Task<bool> ActAsync(World world, FaultInjectingBlobStore store) =>
        TryAsync(async () => await (await world.StartAsync(store)).SaveAsync(world.Act));

    private static async Task<bool> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (StoreDiedException)
        {
            return false;
        }
        catch (CheckpointException ended) when (ended.Error is CheckpointError.Superseded or CheckpointError.AlreadyExists or CheckpointError.Aborted)
        {
            return false;
        }
    }

    private static string At(FaultInjectingBlobStore store, int n) => store.Count >= n ? store.Operations[n - 1] : "never";
}
