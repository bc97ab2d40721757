using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Shards;
using Cairn.Storage.Local;
using Cairn.Storage.Memory;
using Cairn.Testing;
using Cairn.Testing.Faults;
using Orleans.TestingHost;

namespace Cairn.Grains.Tests.Coordination.Damage;

/// <summary>The experiment of one checksum from memory to store to memory: a bit flips anywhere on the way, and is found, with its place.</summary>
public sealed class FlippedBitTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly float[] V = [.. Enumerable.Range(1, 12).Select(i => i * 1.5f)];
    private static readonly float[] W = [-1, -2, -3, -4];

    [Fact]
    public async Task InThePageAfterTheSeal_TheSaveIsCorrupt_NothingIsCommitted_AndTheLastCheckpointHeals()
    {
        MemoryBlobStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store, silos: 2);
        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);
        string[] before = await store.ListAsync("m/", Token).Select(blob => blob.Name + blob.ETag).ToArrayAsync(Token);
        foreach (InProcessSiloHandle silo in cluster.Silos)
        {
            cluster.ShardsOf(silo).Sealed.Frozen = FlipOnceSummed;
        }

        CheckpointException refused = TestJob.Refused(await jobs.Whole.SaveAsync("m/model.ckpt", step: 2));

        Assert.Equal(CheckpointError.Corrupt, refused.Error);
        Assert.Matches(
            @"page 0 of the (value|shadow) of shard 'whole/\d/(v|w)' changed in the memory of silo S[^ ]+ between its seal and its upload as bytes \d+ to \d+ "
                + @"of 'm/model\.ckpt-2\.data-0000\d-of-0000\d'",
            refused.Message);
        Assert.Contains("restore the last checkpoint", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await store.ListAsync("m/", Token).Select(blob => blob.Name + blob.ETag).ToArrayAsync(Token));
        Assert.Equal(1, (await jobs.Whole.Coordinator.DescribeAsync()).Generation);

        foreach (InProcessSiloHandle silo in cluster.Silos)
        {
            cluster.ShardsOf(silo).Sealed.Frozen = null;
        }

        // The pages are live ones: what is damaged in memory is damaged there, and a restore brings it back.
        OperationStatus restored = await jobs.Whole.RestoreAsync(DamageJobs.Prefix);
        Assert.Equal((OperationPhase.Succeeded, null), (restored.Phase, restored.Error));
        Assert.Equal(V, await jobs.Whole.ReadAsync("v"));
        Assert.Equal(W, await jobs.Whole.ReadAsync("w"));
        Assert.Equal(OperationPhase.Succeeded, (await jobs.Whole.SaveAsync("m/model.ckpt", step: 2)).Phase);
    }

    [Fact]
    public async Task InTheBlockThatALocalStoreTakes_IsFoundByReadingBack_BeforeTheCommit()
    {
        using TemporaryFolder folder = new();
        DamagingBlobStore store = new(new LocalBlobStore(folder.Path, new LocalBlobStoreOptions { DropsWrittenFromCache = true }));
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store, readsBack: true);
        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);
        store.Staging = (_, _, block) => new(DamagingBlobStore.Flipped(block, block.Length - 1));

        CheckpointException refused = DamageJobs.Refused(await jobs.Whole.SaveAsync("m/model.ckpt", step: 2), "m/model.ckpt-2.data-00000-of-00001");

        Assert.Contains("of shard 'whole/0/w'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Save again", refused.Message, StringComparison.Ordinal);
        await jobs.RequireUnchangedAsync();
        store.Staging = (_, _, block) => new(block);
        Assert.Equal(OperationPhase.Succeeded, (await jobs.Whole.SaveAsync("m/model.ckpt", step: 2)).Phase);
    }

    [Theory]
    [InlineData(".index")]
    [InlineData(".cairn.json")]
    [InlineData(".meta")]
    public async Task InWhatTheStoreKeepsOfIndexSidecarOrMetaGraph_IsFoundBeforeTheCommit(string suffix)
    {
        DamagingBlobStore store = new(new MemoryBlobStore());
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);
        store.Read = (name, _, bytes) =>
        {
            // The index is written under a name of the attempt first.
            if (name.EndsWith(suffix, StringComparison.Ordinal) || (suffix == ".index" && name.EndsWith("/index", StringComparison.Ordinal)))
            {
                bytes.Span[5] ^= 2;
            }
        };

        CheckpointException refused = TestJob.Refused(await jobs.Whole.SaveAsync("m/model.ckpt", step: 2));

        Assert.Equal(CheckpointError.Corrupt, refused.Error);
        Assert.Contains("is damaged at byte 5: the store does not give back what was written", refused.Message, StringComparison.Ordinal);
        store.Read = (_, _, _) => { };
        await jobs.RequireUnchangedAsync();
        Assert.Equal(OperationPhase.Succeeded, (await jobs.Whole.SaveAsync("m/model.ckpt", step: 2)).Phase);
    }

    [Fact]
    public async Task InTheStoredDataFile_AnyByte_RefusesWholePartialAndReshardedRestores_WithFileOffsetAndTensor()
    {
        MemoryBlobStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);
        byte[] data = (await store.TryReadAsync(DamageJobs.DataName, 1000, Token))!.Bytes.ToArray();
        Assert.Equal((12 + 4 + 4) * sizeof(float), data.Length);

        // Keys in order: three slices of 'v', 'w', then the average of 'w'.
        for (int at = 0; at < data.Length; at++)
        {
            bool isInV = at < 48;
            data[at] ^= (byte)(1 << (at % 8));
            await store.TryWriteAsync(DamageJobs.DataName, data, BlobCondition.None, Token);
            OperationStatus[] restores = isInV || at % 5 == 0 ? await jobs.RestoreAllAsync() : [];
            data[at] ^= (byte)(1 << (at % 8));

            int offset = at / 16 * 16; // Every slice and tensor here has 16 bytes.
            foreach (OperationStatus restore in isInV ? restores : restores.Where((_, i) => i != 1))
            {
                CheckpointException refused = DamageJobs.Refused(restore, DamageJobs.DataName);
                Assert.Contains($"is damaged at byte {offset}: ", refused.Message, StringComparison.Ordinal);
                Assert.Contains(isInV ? "'v" : "'w", refused.Message, StringComparison.Ordinal);
                Assert.Contains("No live value was touched", refused.Message, StringComparison.Ordinal);
                Assert.Contains("'cairn verify'", refused.Message, StringComparison.Ordinal);
            }

            // What the restore in part does not take is not its affair; everything else stands.
            Assert.True(isInV || restores.Length == 0 || restores[1].Phase == OperationPhase.Succeeded);
            if (isInV)
            {
                await jobs.RequireUnchangedAsync();
            }
        }
    }

    [Fact]
    public async Task InTheStoredIndex_AnyByte_RefusesTheRestore_WithTheFile()
    {
        MemoryBlobStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);
        string name = DamageJobs.Prefix + ".index";
        byte[] index = (await store.TryReadAsync(name, 10_000, Token))!.Bytes.ToArray();
        for (int at = 0; at < index.Length; at++)
        {
            index[at] ^= (byte)(1 << (at % 8));
            await store.TryWriteAsync(name, index, BlobCondition.None, Token);
            OperationStatus[] restores = at % 16 == 0 ? await jobs.RestoreAllAsync() : [await jobs.Whole.RestoreAsync(DamageJobs.Prefix)];
            index[at] ^= (byte)(1 << (at % 8));

            foreach (CheckpointException refused in restores.Select(TestJob.Refused))
            {
                // A damaged index may look like another kind of file; saying that is finding it.
                Assert.True(refused.Error is CheckpointError.Corrupt or CheckpointError.Unsupported, $"byte {at}: {refused.Error}: {refused.Message}");
                Assert.Contains(name, refused.Message, StringComparison.Ordinal);
            }
        }

        await jobs.RequireUnchangedAsync();
    }

    [Fact]
    public async Task InTheStoredSidecar_RefusesTheRestore_WithTheFileAndTheRemedy_WhichWorks()
    {
        MemoryBlobStore store = new();
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);
        string name = DamageJobs.Prefix + ".cairn.json";
        ReadOnlyMemory<byte> sidecar = (await store.TryReadAsync(name, 10_000, Token))!.Bytes;
        for (int at = 0; at < sidecar.Length; at += 37)
        {
            await store.TryWriteAsync(name, DamagingBlobStore.Flipped(sidecar, at), BlobCondition.None, Token);
            CheckpointException refused = TestJob.Refused(await jobs.Whole.RestoreAsync(DamageJobs.Prefix));

            Assert.Equal(CheckpointError.Corrupt, refused.Error);
            Assert.Contains($"'{name}' is not a sidecar of Cairn", refused.Message, StringComparison.Ordinal);
            Assert.Contains("remove this file to restore the tensors alone", refused.Message, StringComparison.Ordinal);
        }

        await jobs.RequireUnchangedAsync();
        await store.DeleteAsync(name, null, Token);
        Assert.Equal(OperationPhase.Succeeded, (await jobs.Whole.RestoreAsync(DamageJobs.Prefix)).Phase);
        Assert.Equal(V, await jobs.Whole.ReadAsync("v"));
    }

    [Fact]
    public async Task InARangeThatIsRead_RefusesTheRestore_WhichReadsNothingTwice_AndTheNextOneWorks()
    {
        DamagingBlobStore store = new(new MemoryBlobStore());
        await using CoordinatorCluster cluster = await CoordinatorCluster.StartAsync(store);
        DamageJobs jobs = await DamageJobs.SaveAsync(cluster, V, W);
        List<(long, int)> ranges = [];
        store.Read = (name, offset, bytes) =>
        {
            if (name == DamageJobs.DataName)
            {
                lock (ranges)
                {
                    ranges.Add((offset, bytes.Length));
                }

                bytes.Span[offset == 0 ? 3 : bytes.Length - 1] ^= (byte)(offset < 48 ? 1 : 0);
            }
        };

        foreach (Func<Task<OperationStatus>> restore in new Func<Task<OperationStatus>>[]
        {
            () => jobs.Whole.RestoreAsync(DamageJobs.Prefix),
            () => jobs.Whole.RestoreAsync(DamageJobs.Prefix, new TensorBinding("v", "v", TensorPart.Value)),
            () => jobs.Resharded.RestoreAsync(DamageJobs.Prefix),
        })
        {
            ranges.Clear();
            CheckpointException refused = DamageJobs.Refused(await restore(), DamageJobs.DataName);

            Assert.Contains("'v", refused.Message, StringComparison.Ordinal);
            Assert.Contains("restore again", refused.Message, StringComparison.Ordinal);
            Assert.Equal(ranges.Distinct().Count(), ranges.Count);
        }

        await jobs.RequireUnchangedAsync();
        store.Read = (_, _, _) => { };
        Assert.All(await jobs.RestoreAllAsync(), restored => Assert.Equal((OperationPhase.Succeeded, null), (restored.Phase, restored.Error)));
        Assert.Equal(V, await jobs.Resharded.ReadAsync("v"));
        Assert.Equal(W, await jobs.Resharded.ReadAsync("w"));
    }

    private static void FlipOnceSummed(FrozenPart part)
    {
        while (part.TrySumNext())
        {
        }

        part.BytesOf(0).Span[3] ^= 0x20;
    }
}
