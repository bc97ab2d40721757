using Cairn.Contracts.Models;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Restoring;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Coordination.Restoring;

public sealed class CheckpointLoaderTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_ADataFileThatIsAGitLfsPointer_SaysSo()
    {
        MemoryBlobStore store = new();
        CheckpointPrefix prefix = new("m/ckpt-1");
        TensorShape shape = new(1_000);
        await using BundleWriter writer = await BundleWriter.CreateAsync(store, prefix, options: null, Token);
        await writer.AddAsync("v", TensorValue.Of(shape, new float[1_000]), Token);
        await writer.FinishAsync(Token);
        byte[] pointer = [.. "version https://git-lfs.github.com/spec/v1\noid sha256:"u8, .. new string('a', 64).Select(letter => (byte)letter), .. "\nsize 4000\n"u8];
        await store.TryWriteAsync(prefix.DataName(0, 1), pointer, default, Token);
        VariableDefinition variable = new("v", TensorDType.Float, shape, 2, true, null, null);
        CheckpointLoader loader = new(store, silos: null!); // Reading asks no silo.

        CheckpointException refused = await Assert.ThrowsAsync<CheckpointException>(
            () => loader.ReadAsync(prefix, [new SelectedTensor("v", variable, TensorPart.Value)], Token));

        Assert.Equal(CheckpointError.Unsupported, refused.Error);
        Assert.Contains("m/ckpt-1.data-00000-of-00001' is a Git LFS pointer", refused.Message, StringComparison.Ordinal);
        Assert.Contains("git lfs pull", refused.Message, StringComparison.Ordinal);
    }
}
