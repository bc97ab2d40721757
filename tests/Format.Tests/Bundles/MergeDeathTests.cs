using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Storage.Memory;
using Cairn.Testing.Faults;

namespace Cairn.Format.Tests.Bundles;

/// <summary>A merge that dies, or that the store fails, at any operation.</summary>
public sealed class MergeDeathTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly CheckpointPrefix Merged = new("m");
    private static readonly CheckpointPrefix[] Inputs = [new("t/part-0"), new("t/part-1")];

    [Theory]
    [InlineData(FaultMode.DieBefore)]
    [InlineData(FaultMode.DieAfter)]
    [InlineData(FaultMode.FailBefore)]
    [InlineData(FaultMode.StoreFull)]
    public async Task MergeAsync_EndingAtAnyOperation_LeavesTheInputsOrTheMergedCheckpointWhole(FaultMode mode)
    {
        int count = await OperationsAsync();
        for (int at = 1; at <= count; at++)
        {
            MemoryBlobStore store = await InputsAsync();
            var faulty = new FaultInjectingBlobStore(store, at, mode);
            try
            {
                await BundleMerger.MergeAsync(faulty, Inputs, Merged, null, Token);
            }
            catch (Exception fault) when (fault is StoreDiedException or CheckpointException)
            {
                // What is left is looked at below.
            }

            bool isMerged = await store.TryGetPropertiesAsync(Merged.IndexName, Token) is not null;
            foreach (CheckpointPrefix prefix in isMerged ? [Merged] : Inputs)
            {
                List<BundleFault> faults = await BundleVerifier.VerifyAsync(store, prefix, Token).ToListAsync(Token);
                Assert.True(faults.Count == 0, $"{mode} at {at} ({faulty.Operations[at - 1]}): {prefix}: {faults.FirstOrDefault()}");
            }
        }
    }

    private static async Task<int> OperationsAsync()
    {
        var counting = new FaultInjectingBlobStore(await InputsAsync(), 0, FaultMode.None);
        await BundleMerger.MergeAsync(counting, Inputs, Merged, null, Token);
        return counting.Count;
    }

    private static async Task<MemoryBlobStore> InputsAsync()
    {
        var store = new MemoryBlobStore();
        foreach (CheckpointPrefix prefix in Inputs)
        {
            await using BundleWriter writer = await BundleWriter.CreateAsync(store, prefix, null, Token);
            await writer.AddAsync(prefix.FileName, TensorValue.Of(TensorShape.Scalar, 1f), Token);
            await writer.FinishAsync(Token);
        }

        return store;
    }
}
