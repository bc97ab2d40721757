using System.Collections.Concurrent;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Format.Sidecars;

namespace Cairn.Grains.Tests.Coordination.Cuts;

/// <summary>Saves are cut while training goes on: exactly the steps before the cut are in a checkpoint, and nobody is held back.</summary>
public sealed class CutTests
{
    [Fact]
    public async Task ASave_DuringAnOpenStepOfAnother_HoldsNobodyBack_AndHoldsExactlyTheStepsBeforeTheCut()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new GatedStore());
        TestJob slow = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("slow", [4], shards: 2), TestJob.Float("both", [4], shards: 2));
        TestJob quick = await slow.JoinAsync("quick");
        await slow.InitialiseAsync(("slow", [0, 0, 0, 0]), ("both", [0, 0, 0, 0]));
        Ordinals slowOrdinals = new();
        StepStamp open = await slow.BeginAsync();
        await slow.UpdateAsync(open, UpdateKind.AssignAdd, "both", [10, 10, 10, 10], slowOrdinals.Next);
        OperationStatus started = await slow.StartSaveAsync("m.ckpt", 1);

        int before = await quick.TrainUntilCutAsync("both", 1);
        await quick.AssignAsync(UpdateKind.AssignAdd, ("both", [1, 1, 1, 1]));
        await quick.AssignAsync(UpdateKind.Assign, ("slow", [7, 7, 7, 7]));
        await slow.UpdateAsync(open, UpdateKind.AssignAdd, "both", [100, 100, 100, 100], slowOrdinals.Next);
        await slow.UpdateAsync(open, UpdateKind.AssignAdd, "slow", [5, 5, 5, 5], slowOrdinals.Next);
        await slow.EndAsync();
        OperationStatus saved = await slow.RunAsync(Task.FromResult(started));
        float[] live = await slow.ReadAsync("both");
        float[] liveSlow = await slow.ReadAsync("slow");
        await slow.RestoreAsync("m.ckpt-1");

        Assert.True(saved.Phase == OperationPhase.Succeeded, saved.Message);
        Assert.Equal(Enumerable.Repeat(110f + before + 2, 4), live); // The step that met the cut, and one more.
        Assert.Equal([12, 12, 12, 12], liveSlow);
        Assert.Equal(Enumerable.Repeat(110f + before, 4), await slow.ReadAsync("both"));
        Assert.Equal((float[])[5, 5, 5, 5], await slow.ReadAsync("slow"));
        Sidecar sidecar = await SidecarOfAsync(cluster, "m.ckpt-1");
        Assert.Equal([("quick", (long)before - 1), ("worker", open.Step)], sidecar.Sessions.Select(session => (session.Name, session.Step)));
        Assert.Equal(1, sidecar.Cut);
    }

    [Fact]
    public async Task ASave_OfSomeVariables_EndsTheCutOnTheOthersToo()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new GatedStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]), TestJob.Float("b", [1]));
        await job.InitialiseAsync(("a", [1]), ("b", [1]));
        for (int save = 1; save <= 3; save++)
        {
            OperationStatus saved = await job.SaveAsync("part/m.ckpt", save, null, new TensorBinding("a", "a", Contracts.Models.TensorPart.Value));
            Assert.True(saved.Phase == OperationPhase.Succeeded, saved.Message);
            await job.AssignAsync(UpdateKind.AssignAdd, ("a", [1]), ("b", [1]));
        }

        OperationStatus whole = await job.SaveAsync("m.ckpt", 4);
        await job.RestoreAsync("m.ckpt-4");

        Assert.True(whole.Phase == OperationPhase.Succeeded, whole.Message);
        Assert.Equal((4f, 4f), ((await job.ReadAsync("a"))[0], (await job.ReadAsync("b"))[0]));
    }

    [Fact]
    public async Task ASecondSave_IsCutWhileTheFirstIsStored_AThirdWaits_AndAllAreExact()
    {
        GatedStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [4], shards: 2));
        await job.InitialiseAsync(("v", [0, 0, 0, 0]));
        Gate upload = store.HoldUpload("m.ckpt-1.data");

        OperationStatus first = await job.StartSaveAsync("m.ckpt", 1);
        await upload.ReachedAsync();
        int atFirst = await job.TrainUntilCutAsync("v", 1);
        OperationStatus second = await job.StartSaveAsync("m.ckpt", 2);
        int atSecond = atFirst + await job.TrainUntilCutAsync("v", 2) + 1;
        OperationStatus third = await job.StartSaveAsync("m.ckpt", 3);
        OperationStatus waiting = await job.WaitForMessageAsync(third.Request, "to be in the store");
        Assert.Equal(2, (await job.BeginAsync()).Cut);
        await job.EndAsync();
        upload.Open();
        OperationStatus[] saved =
        [
            await job.RunAsync(Task.FromResult(first)), await job.RunAsync(Task.FromResult(second)), await job.RunAsync(Task.FromResult(third)),
        ];

        Assert.All(saved, one => Assert.True(one.Phase == OperationPhase.Succeeded, one.Message));
        Assert.Contains("'m.ckpt-1'", waiting.Message, StringComparison.Ordinal);
        Assert.Equal("m.ckpt-3", await job.Coordinator.LatestAsync("", "checkpoint"));
        foreach ((string prefix, int steps) in new[] { ("m.ckpt-1", atFirst), ("m.ckpt-2", atSecond), ("m.ckpt-3", atSecond + 1) })
        {
            await job.RestoreAsync(prefix);
            Assert.Equal(Enumerable.Repeat((float)steps, 4), await job.ReadAsync("v"));
        }
    }

    [Fact]
    public async Task ASave_GivenUpWhileItsCutIsOpen_NamesTheSession_AndTheLongStepGoesOn()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new GatedStore());
        TestJob slow = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [4], shards: 2));
        TestJob quick = await slow.JoinAsync("quick");
        await slow.InitialiseAsync(("v", [0, 0, 0, 0]));
        Ordinals ordinals = new();
        StepStamp open = await slow.BeginAsync();
        await slow.UpdateAsync(open, UpdateKind.AssignAdd, "v", [10, 10, 10, 10], ordinals.Next);

        OperationStatus started = await slow.StartSaveAsync("m.ckpt", 1, new SaveOptions(DeadlineSeconds: 5));
        int before = await quick.TrainUntilCutAsync("v", 1);
        CheckpointException refused = TestJob.Refused(await slow.RunAsync(Task.FromResult(started)));
        await slow.UpdateAsync(open, UpdateKind.AssignAdd, "v", [100, 100, 100, 100], ordinals.Next);
        await slow.EndAsync();
        OperationStatus again = await slow.SaveAsync("m.ckpt", 2);
        await slow.RestoreAsync("m.ckpt-2");

        Assert.Equal(CheckpointError.Aborted, refused.Error);
        Assert.Contains("session 'worker' (step 1)", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("quick", refused.Message, StringComparison.Ordinal);
        Assert.True(again.Phase == OperationPhase.Succeeded, again.Message);
        Assert.Equal(Enumerable.Repeat(110f + before + 1, 4), await slow.ReadAsync("v"));
    }

    /// <summary>More saves than versions a shard may have frozen, each refused after its seal: the pages come back without a word to the shards.</summary>
    [Fact]
    public async Task Saves_ThatTheStoreRefuses_LeaveNothingFrozen_AndShardsAreToldToSealOnly()
    {
        GatedStore store = new();
        ConcurrentQueue<string> orders = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store, calls: call =>
        {
            orders.Enqueue(call.MethodName);
            return Task.CompletedTask;
        });
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [4], shards: 2));
        await job.InitialiseAsync(("v", [1, 2, 3, 4]));
        store.RefusesUpload = name => name.StartsWith("m.ckpt-1.data", StringComparison.Ordinal);
        orders.Clear();
        for (int save = 0; save < 6; save++)
        {
            Assert.Equal(CheckpointError.StoreUnavailable, TestJob.Refused(await job.SaveAsync("m.ckpt", 1)).Error);
        }

        OperationStatus saved = await job.SaveAsync("m.ckpt", 2);

        Assert.True(saved.Phase == OperationPhase.Succeeded, saved.Message);
        Assert.Equal(2 * 7, orders.Count(order => order == nameof(IVariableGrain.SealAsync)));
        Assert.DoesNotContain(nameof(IVariableGrain.ReleaseAsync), orders);
    }

    [Fact]
    public async Task ASave_ToATakenPrefix_IsRefusedBeforeAnythingIsCut()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new GatedStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [1]));
        await job.InitialiseAsync(("v", [1]));
        await job.SaveAsync("m.ckpt", 1);

        CheckpointException refused = TestJob.Refused(await job.SaveAsync("m.ckpt", 1));

        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
        Assert.Equal(1, (await job.BeginAsync()).Cut);
    }

    private static async Task<Sidecar> SidecarOfAsync(CoordinatorCluster cluster, string prefix)
    {
        string name = prefix + ".cairn.json";
        return Sidecar.Parse((await cluster.Store.TryReadAsync(name, Sidecar.LengthBytesMax, CancellationToken.None))!.Bytes.Span, name);
    }

    private sealed class Ordinals
    {
        private int _next;

        public int Next() => _next++;
    }
}
