using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>The main journey through real grains: define, initialise, update, save, restore, replace, delete.</summary>
public sealed class CoordinatorTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task SaveAndRestore_BringsBackWhatWasSaved_AsANewGeneration()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v1", [1]), TestJob.Float("v2", [4, 2], shards: 3));
        float[] rows = [1, 2, 3, 4, 5, 6, 7, 8];
        await job.InitialiseAsync(("v1", [1]), ("v2", rows));

        OperationStatus saved = await job.SaveAsync("./model/model.ckpt");
        Assert.Equal((OperationPhase.Succeeded, null), (saved.Phase, saved.Message));
        Assert.Equal("model/model.ckpt", saved.Prefix);
        await job.AssignAsync(UpdateKind.AssignAdd, ("v1", [10]), ("v2", rows));
        Assert.Equal((float[])[11], await job.ReadAsync("v1"));

        long before = job.Description.Generation;
        OperationStatus restored = await job.RestoreAsync("model/model.ckpt");
        Assert.Equal((OperationPhase.Succeeded, null), (restored.Phase, restored.Message));
        Assert.Equal(before + 1, job.Description.Generation);
        Assert.Equal((float[])[1], await job.ReadAsync("v1"));
        Assert.Equal(rows, await job.ReadAsync("v2"));
        Assert.Equal("model/model.ckpt", job.Description.BasePrefix);
    }

    [Fact]
    public async Task Save_WritesTheFilesOfTensorFlow_AndListsThem()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [3], decay: 0.99f));
        await job.InitialiseAsync(("v", [1, 2, 3]));

        await job.SaveAsync("models/m.ckpt", 7);

        List<BlobProperties> files = await cluster.Store.ListAsync("models/", None).ToListAsync();
        Assert.Equal(
            ["models/checkpoint", "models/m.ckpt-7.cairn.json", "models/m.ckpt-7.data-00000-of-00001", "models/m.ckpt-7.index", "models/m.ckpt-7.meta"],
            files.Select(file => file.Name));
        BundleIndex index = await BundleIndex.ReadAsync(cluster.Store, new CheckpointPrefix("models/m.ckpt-7"), None);
        Assert.Equal(["v", "v/ExponentialMovingAverage"], index.Tensors.Select(tensor => tensor.Name));
        Assert.Equal("models/m.ckpt-7", Assert.Single(await job.Coordinator.ListAsync("./models")).Prefix);
        Assert.Equal("models/m.ckpt-7", await job.Coordinator.LatestAsync("models", "checkpoint"));
    }

    [Fact]
    public async Task Save_OfAVariableWithoutValue_IsRefusedWithItsName_AndNothingIsLeft()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]), TestJob.Float("b", [1]), TestJob.Float("c", [1]));
        await job.InitialiseAsync(("b", [1]));

        CheckpointException refused = TestJob.Refused(await job.SaveAsync("m.ckpt"));

        Assert.Equal(CheckpointError.Uninitialised, refused.Error);
        Assert.Contains("Attempting to use uninitialized value a, c", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await cluster.Store.ListAsync("m.ckpt", None).ToListAsync());
        Assert.Equal(OperationPhase.Succeeded, (await job.SaveAsync("m.ckpt", null, null, new TensorBinding("b", "b", TensorPart.Value))).Phase);
    }

    [Fact]
    public async Task Save_OfManyVariablesWithoutValue_NamesTwentyAndHowManyMore()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", [.. Enumerable.Range(10, 25).Select(number => TestJob.Float($"v{number}", [1]))]);

        CheckpointException refused = TestJob.Refused(await job.SaveAsync("m.ckpt"));

        Assert.Contains("v29, and 5 more:", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("v30", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Save_ToTheSamePrefix_ReplacesAnUnnumberedOne_AndRefusesANumberedOne()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [2]));
        await job.InitialiseAsync(("v", [1, 2]));
        await job.SaveAsync("m.ckpt");
        await job.SaveAsync("m.ckpt", 5);
        await job.AssignAsync(UpdateKind.Assign, ("v", [3, 4]));

        Assert.Equal(OperationPhase.Succeeded, (await job.SaveAsync("m.ckpt")).Phase);
        CheckpointException refused = TestJob.Refused(await job.SaveAsync("m.ckpt", 5));
        await job.RestoreAsync("m.ckpt");

        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
        Assert.Contains("overwrite", refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((float[])[3, 4], await job.ReadAsync("v"));
    }

    [Fact]
    public async Task Save_FromInsideTheSessionsOwnStep_IsRefused()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [1]));
        await job.BeginAsync();

        CheckpointException refused = await Assert.ThrowsAsync<CheckpointException>(() => job.SaveAsync("m.ckpt"));

        Assert.Equal(CheckpointError.InvalidArgument, refused.Error);
        Assert.Contains("inside its own step 0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Save_WaitsForTheOpenStepOfAnother_AndHoldsWholeSteps()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("a", [1]), TestJob.Float("b", [1]));
        await job.InitialiseAsync(("a", [0]), ("b", [0]));
        StepStamp stamp = await job.BeginAsync();
        int ordinal = 0;
        await job.UpdateAsync(stamp, UpdateKind.Assign, "a", [1], () => ordinal++);

        OperationStatus started = await job.Coordinator.StartSaveAsync(new SaveRequest(Guid.NewGuid(), "m.ckpt", null, [], new SaveOptions(), null));
        await job.UpdateAsync(stamp, UpdateKind.Assign, "b", [1], () => ordinal++);
        await job.EndAsync();
        OperationStatus saved = await job.RunAsync(Task.FromResult(started));
        await job.RestoreAsync("m.ckpt");

        Assert.Equal(OperationPhase.Succeeded, saved.Phase);
        Assert.Equal((float[])[1], await job.ReadAsync("a"));
        Assert.Equal((float[])[1], await job.ReadAsync("b"));
    }

    [Fact]
    public async Task Save_WhoseStepsDoNotEnd_NamesTheSession_AndTrainingGoesOn()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [1]));
        await job.InitialiseAsync(("v", [1]));
        await job.BeginAsync();

        OperationStatus status = await job.RunAsync(
            job.Coordinator.StartSaveAsync(new SaveRequest(Guid.NewGuid(), "m.ckpt", null, [], new SaveOptions(DeadlineSeconds: 5), null)));
        await job.EndAsync();
        await job.AssignAsync(UpdateKind.Assign, ("v", [2]));

        CheckpointException refused = TestJob.Refused(status);
        Assert.Equal(CheckpointError.Aborted, refused.Error);
        Assert.Contains("session 'worker' (step 1)", refused.Message, StringComparison.Ordinal);
        Assert.Equal(OperationPhase.Succeeded, (await job.SaveAsync("m.ckpt")).Phase);
    }

    [Fact]
    public async Task StartSave_Repeated_GetsTheSameOutcome()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [1]));
        await job.InitialiseAsync(("v", [1]));
        SaveRequest request = new(Guid.NewGuid(), "m.ckpt", 1, [], new SaveOptions(), null);

        OperationStatus first = await job.RunAsync(job.Coordinator.StartSaveAsync(request));
        OperationStatus second = await job.Coordinator.StartSaveAsync(request);

        Assert.Equal(first, second);
        Assert.Equal(OperationPhase.Succeeded, second.Phase);
    }

    [Fact]
    public async Task Define_Twice_IsTheSame_AndOtherwiseListsTheDifferences()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [1]));

        ModelDescription again = await job.Coordinator.DefineAsync(job.Description.Definition);
        CheckpointException refused = await Assert.ThrowsAsync<CheckpointException>(
            () => job.Coordinator.DefineAsync(new ModelDefinition("ranker", [TestJob.Float("v", [2])])));

        Assert.Equal(job.Description.Generation, again.Generation);
        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
        Assert.Contains("'v' is float[1] in 1 shards, not float[2]", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_OfAModelThatIsNotDefined_IsNotFound_AndLeavesNoTrace()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());

        CheckpointException refused = await Assert.ThrowsAsync<CheckpointException>(() => cluster.Coordinator("nobody").DescribeAsync());

        Assert.Equal(CheckpointError.NotFound, refused.Error);
        Assert.Empty(await cluster.Store.ListAsync("", None).ToListAsync());
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("-a")]
    [InlineData("a\n")]
    public async Task ANameThatNoModelMayHave_IsRefusedWithTheRule(string name)
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());

        CheckpointException refused = await Assert.ThrowsAsync<CheckpointException>(
            () => cluster.Coordinator(name).DefineAsync(new ModelDefinition(name, [TestJob.Float("v", [1])])));

        Assert.Equal(CheckpointError.InvalidArgument, refused.Error);
        Assert.Contains("is no model's name", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_ThenDefine_BeginsAboveTheOldGeneration_AndCheckpointsStay()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [1]));
        await job.InitialiseAsync(("v", [5]));
        await job.SaveAsync("models/m.ckpt");
        long old = job.Description.Generation;

        await job.Coordinator.DeleteAsync();
        CheckpointException gone = await Assert.ThrowsAsync<CheckpointException>(() => job.Coordinator.DescribeAsync());
        TestJob next = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [1]));
        CheckpointException empty = await Assert.ThrowsAsync<CheckpointException>(() => next.ReadAsync("v"));
        await next.RestoreAsync("models/m.ckpt");

        Assert.Equal(CheckpointError.NotFound, gone.Error);
        Assert.True(next.Description.Generation > old);
        Assert.Equal(CheckpointError.Uninitialised, empty.Error);
        Assert.Equal((float[])[5], await next.ReadAsync("v"));
    }

    [Fact]
    public async Task Restore_WithFaults_NamesThemAll_AndChangesNothing()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v1", [1]), TestJob.Float("v2", [2]));
        await job.InitialiseAsync(("v1", [1]), ("v2", [2, 3]));
        await job.SaveAsync("m.ckpt");
        TestJob other = await TestJob.DefineAsync(
            cluster,
            "other",
            TestJob.Float("other-v1", [1]),
            TestJob.Float("v1", [1]) with { DType = TensorDType.Int32 },
            TestJob.Float("v2", [3]));

        CheckpointException refused = TestJob.Refused(await other.RestoreAsync("m.ckpt"));

        Assert.Equal(CheckpointError.NotFound, refused.Error);
        Assert.Contains("Key other-v1 not found in checkpoint; nearest: 'v1'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("tensor_name = v1; expected dtype int32 does not equal original dtype float", refused.Message, StringComparison.Ordinal);
        Assert.Contains("lhs shape= [3] rhs shape= [2]", refused.Message, StringComparison.Ordinal);
        Assert.Contains("the keys 'v1', 'v2'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, other.Description.Generation);
    }

    [Fact]
    public async Task Restore_UnderOtherNames_AndOfTheShadowIntoTheValue_FollowsTheMap()
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore());
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [], decay: 0.99f));
        await job.InitialiseAsync(("v", [0]));
        await job.AssignAsync(UpdateKind.Assign, ("v", [10]));
        StepStamp stamp = await job.BeginAsync();
        await job.UpdateAsync(stamp, UpdateKind.UpdateAverage, "v", null, () => 0);
        await job.EndAsync();
        await job.SaveAsync("ema.ckpt");

        TestJob other = await TestJob.DefineAsync(cluster, "other", TestJob.Float("w", []));
        OperationStatus status = await other.RestoreAsync("ema.ckpt", new TensorBinding("v/ExponentialMovingAverage", "w", TensorPart.Value));

        Assert.Equal(OperationPhase.Succeeded, status.Phase);
        Assert.Contains("nothing keeps it", status.Message!, StringComparison.Ordinal);
        Assert.Equal((float[])[0.099999905f], await other.ReadAsync("w"));
    }

    [Fact]
    public async Task Restore_OfADamagedByte_NamesFileAndTensor_AndTheLiveStateStands()
    {
        MemoryBlobStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        TestJob job = await TestJob.DefineAsync(cluster, "ranker", TestJob.Float("v", [6], shards: 3));
        await job.InitialiseAsync(("v", [1, 2, 3, 4, 5, 6]));
        await job.SaveAsync("m.ckpt");
        BlobContent data = (await store.TryReadAsync("m.ckpt.data-00000-of-00001", 100, None))!;
        byte[] bytes = data.Bytes.ToArray();
        bytes[5] ^= 1;
        await store.TryWriteAsync("m.ckpt.data-00000-of-00001", bytes, BlobCondition.None, None);
        await job.AssignAsync(UpdateKind.Assign, ("v", [9, 9, 9, 9, 9, 9]));
        TestJob whole = await TestJob.DefineAsync(cluster, "whole", TestJob.Float("v", [6]));

        CheckpointException refused = TestJob.Refused(await job.RestoreAsync("m.ckpt"));
        CheckpointException elsewhere = TestJob.Refused(await whole.RestoreAsync("m.ckpt"));

        Assert.All([refused, elsewhere], fault => Assert.Equal(CheckpointError.Corrupt, fault.Error));
        Assert.Contains("m.ckpt.data-00000-of-00001", refused.Message, StringComparison.Ordinal);
        Assert.Equal((float[])[9, 9, 9, 9, 9, 9], await job.ReadAsync("v"));
        Assert.Equal(1, job.Description.Generation);
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(5, 2)]
    [InlineData(5, 3)]
    [InlineData(5, 7)]
    [InlineData(1, 3)]
    public async Task Restore_IntoAnotherPartitioning_BringsEveryElement(int saved, int restored)
    {
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(new MemoryBlobStore(), silos: 2);
        float[] elements = [.. Enumerable.Range(0, 33).Select(index => (float)index)];
        TestJob job = await TestJob.DefineAsync(cluster, "saved", TestJob.Float("v", [11, 3], saved, decay: 0.5f));
        await job.InitialiseAsync(("v", elements));
        await job.SaveAsync("m.ckpt");

        TestJob other = await TestJob.DefineAsync(cluster, "restored", TestJob.Float("v", [11, 3], restored, decay: 0.5f));
        OperationStatus status = await other.RestoreAsync("m.ckpt");

        Assert.Equal(OperationPhase.Succeeded, status.Phase);
        Assert.Equal(elements, await other.ReadAsync("v"));
        Assert.Equal(elements, await other.ReadAsync("v", TensorPart.Shadow));
    }
}
