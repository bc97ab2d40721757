using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;

namespace Cairn.Grains.Tests.Coordination.Damage;

/// <summary>A checkpoint of two variables and an average, and three models that restore it: in the partitioning it was saved in, in part, and in another
/// partitioning.</summary>
internal sealed class DamageJobs
{
    public const string Prefix = "m/model.ckpt-1";
    public const string DataName = Prefix + ".data-00000-of-00001";

    private static readonly float[] OtherV = [.. Enumerable.Repeat(7f, 12)];
    private static readonly float[] OtherW = [8, 8, 8, 8];
    private static readonly TensorBinding[] Part = [new("v", "v", TensorPart.Value)];

    private DamageJobs(TestJob whole, TestJob resharded) => (Whole, Resharded) = (whole, resharded);

    /// <summary>The model that saved it.</summary>
    public TestJob Whole { get; }

    /// <summary>Has one shard where the other has three, and two where that has one.</summary>
    public TestJob Resharded { get; }

    /// <summary>Saves, and then gives every live value another.</summary>
    public static async Task<DamageJobs> SaveAsync(CoordinatorCluster cluster, float[] v, float[] w)
    {
        TestJob whole = await TestJob.DefineAsync(cluster, "whole", TestJob.Float("v", [6, 2], shards: 3), TestJob.Float("w", [4], decay: 0.5f));
        await whole.InitialiseAsync(("v", v), ("w", w));
        OperationStatus saved = await whole.SaveAsync("m/model.ckpt", step: 1);
        Assert.Equal((OperationPhase.Succeeded, null), (saved.Phase, saved.Message));
        TestJob resharded = await TestJob.DefineAsync(cluster, "resharded", TestJob.Float("v", [6, 2]), TestJob.Float("w", [4], shards: 2, decay: 0.5f));
        await resharded.InitialiseAsync(("v", OtherV), ("w", OtherW));
        await whole.AssignAsync(UpdateKind.Assign, ("v", OtherV), ("w", OtherW));
        return new DamageJobs(whole, resharded);
    }

    /// <summary>Restores whole, in part (only 'v'), and under the other partitioning.</summary>
    public async Task<OperationStatus[]> RestoreAllAsync() =>
    [
        await Whole.RestoreAsync(Prefix),
        await Whole.RestoreAsync(Prefix, Part),
        await Resharded.RestoreAsync(Prefix),
    ];

    /// <summary>A restore was refused as damaged; file, remedy and that nothing happened are said.</summary>
    public static CheckpointException Refused(OperationStatus status, string file)
    {
        CheckpointException refused = TestJob.Refused(status);
        Assert.Equal(CheckpointError.Corrupt, refused.Error);
        Assert.Contains(file + "' is damaged at byte ", refused.Message, StringComparison.Ordinal);
        return refused;
    }

    /// <summary>Neither model has changed, and both train on.</summary>
    public async Task RequireUnchangedAsync()
    {
        foreach (TestJob job in new[] { Whole, Resharded })
        {
            Assert.Equal(1, job.Description.Generation);
            Assert.Equal(OtherV, await job.ReadAsync("v"));
            Assert.Equal(OtherW, await job.ReadAsync("w"));
            await job.AssignAsync(UpdateKind.Assign, ("v", OtherV), ("w", OtherW));
        }
    }
}
