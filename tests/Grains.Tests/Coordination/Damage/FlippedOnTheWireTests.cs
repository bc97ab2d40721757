using System.Runtime.InteropServices;
using Cairn.Contracts.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Storage.AzureBlobs;
using Cairn.Testing.Servers;

namespace Cairn.Grains.Tests.Coordination.Damage;

/// <summary>The part of the experiment that needs a wire: a bit flips between a silo and a real Azurite.</summary>
public sealed class FlippedOnTheWireTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    // Sixteen different bytes that are four sound numbers; they are one slice of 'v'.
    private static readonly byte[] Mark = [.. "<ark-0123456789>"u8];
    private static readonly float[] V = [1, 2, 3, 4, .. MemoryMarshal.Cast<byte, float>(Mark), 5, 6, 7, 8];
    private static readonly float[] W = [-1, -2, -3, -4];

    [Fact]
    public async Task InABlockThatIsSent_OnceOrTwice_IsSentAgain_AndTheCheckpointIsSound()
    {
        await using FlippingProxy network = new(azurite.Port, Mark);
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(Through(network));
        network.FlipUp(2);

        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);

        Assert.Equal(2, network.Flips);
        Assert.All(await jobs.RestoreAllAsync(), restored => Assert.Equal((OperationPhase.Succeeded, null), (restored.Phase, restored.Error)));
        Assert.Equal(V, await jobs.Resharded.ReadAsync("v"));
    }

    [Fact]
    public async Task InABlockThatIsSent_EachTime_EndsTheSave_WithFileAndRange_AndTrainingGoesOn()
    {
        await using FlippingProxy network = new(azurite.Port, Mark);
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(Through(network));
        TestJob job = await TestJob.DefineAsync(cluster, "whole", TestJob.Float("v", [6, 2], shards: 3));
        await job.InitialiseAsync(("v", V));
        network.FlipUp(int.MaxValue);

        CheckpointException refused = TestJob.Refused(await job.SaveAsync("m/model.ckpt", step: 1));

        Assert.Equal((CheckpointError.StoreUnavailable, 3), (refused.Error, network.Flips));
        Assert.Contains("'m/model.ckpt-1.data-00000-of-00001' in container", refused.Message, StringComparison.Ordinal);
        Assert.Contains("bytes 0 to 48 were damaged on the way to the account, in each of 3 tries", refused.Message, StringComparison.Ordinal);
        Assert.Contains("check the network", refused.Message, StringComparison.Ordinal);
        Assert.Equal(V, await job.ReadAsync("v"));
        network.FlipUp(0);
        Assert.Equal(OperationPhase.Succeeded, (await job.SaveAsync("m/model.ckpt", step: 1)).Phase);
    }

    [Fact]
    public async Task InARangeThatIsReceived_Once_IsReadAgain_AndTheRestoreIsSound()
    {
        await using FlippingProxy network = new(azurite.Port, Mark);
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(Through(network));
        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);
        network.FlipDown(1);

        Assert.Equal(OperationPhase.Succeeded, (await jobs.Resharded.RestoreAsync(DamageJobs.Prefix)).Phase);

        Assert.Equal(1, network.Flips);
        Assert.Equal(V, await jobs.Resharded.ReadAsync("v"));
    }

    [Fact]
    public async Task InARangeThatIsReceived_EachTime_RefusesTheRestore_WithFileAndRange_AfterThreeTries()
    {
        await using FlippingProxy network = new(azurite.Port, Mark);
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(Through(network));
        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);
        network.FlipDown(int.MaxValue);

        CheckpointException refused = TestJob.Refused(await jobs.Whole.RestoreAsync(DamageJobs.Prefix));

        Assert.Equal((CheckpointError.StoreUnavailable, 3), (refused.Error, network.Flips));
        Assert.Contains($"'{DamageJobs.DataName}' in 'azblob://", refused.Message, StringComparison.Ordinal);
        Assert.Contains("bytes 16 to 32, came here damaged, in each of 3 tries; check the network", refused.Message, StringComparison.Ordinal);
        await jobs.RequireUnchangedAsync();
    }

    [Fact]
    public async Task InARangeThatIsReceived_WithoutATransferChecksum_RefusesWholePartialAndReshardedRestores_WithFileOffsetAndTensor()
    {
        await using FlippingProxy network = new(azurite.Port, Mark);
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(Through(network, TransferChecksum.None));
        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);
        network.FlipDown(int.MaxValue);

        OperationStatus[] restores = await jobs.RestoreAllAsync();

        Assert.Equal(restores.Length, network.Flips); // Each read once: what is damaged is not read again and again.
        Assert.All(restores, restore => Assert.Contains(
            $"'{DamageJobs.DataName}' is damaged at byte 16: ", DamageJobs.Refused(restore, DamageJobs.DataName).Message, StringComparison.Ordinal));
        Assert.All(restores, restore => Assert.Contains("'v", restore.Message, StringComparison.Ordinal));
        await jobs.RequireUnchangedAsync();
        network.FlipDown(0);
        Assert.All(await jobs.RestoreAllAsync(), restored => Assert.Equal((OperationPhase.Succeeded, null), (restored.Phase, restored.Error)));
        Assert.Equal(V, await jobs.Resharded.ReadAsync("v"));
    }

    private AzureBlobStore Through(FlippingProxy network, TransferChecksum checksum = TransferChecksum.Automatic) =>
        AzureBlobStore.FromConnectionString(
            azurite.ConnectionStringThrough(network.Port), $"damage-{Guid.NewGuid():N}", new AzureBlobStoreOptions { TransferChecksum = checksum });
}
