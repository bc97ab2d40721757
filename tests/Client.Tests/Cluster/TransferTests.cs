using System.Runtime.InteropServices;
using Cairn.Client.Tests.Fakes;
using Cairn.Format.Tensors;

namespace Cairn.Client.Tests.Cluster;

/// <summary>Large tensors, over the data plane of a real silo.</summary>
public sealed class TransferTests(ClusterFixture cluster)
{
    private const int Elements = 6 << 20; // 24 MiB of float32.

    private static readonly float[] Values = [.. Enumerable.Range(0, Elements).Select(i => (float)i)];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task AssignAddRead_24MiB_ComesBackBitForBit_WithProgress(int shards)
    {
        Variable<float> w = await DefineAsync(shards);
        var up = new Reports();
        var down = new Reports();

        await w.AssignAsync(Values, up);
        await w.AssignAddAsync(Values);
        float[] read = new float[Elements];
        await w.ReadAsync(read, down);

        Assert.True(read.AsSpan().SequenceEqual(Array.ConvertAll(Values, value => value + value)));
        Assert.All([up, down], reports => Assert.Equal(new ByteProgress(24 << 20, 24 << 20), reports.Last));
        Assert.All([up, down], reports => Assert.Equal(reports.DoneBytes.Order(), reports.DoneBytes));
    }

    [Fact]
    public async Task Streams_24MiBInThreeShards_ComesBackBitForBit()
    {
        Variable<float> w = await DefineAsync(3);
        byte[] bytes = MemoryMarshal.AsBytes(Values.AsSpan()).ToArray();
        using var source = new MemoryStream(bytes);
        using var destination = new MemoryStream();

        await w.AssignBytesAsync(source);
        await w.ReadBytesAsync(destination);

        Assert.True(destination.ToArray().AsSpan().SequenceEqual(bytes));
    }

    [Fact]
    public async Task InitializeAsync_24MiBOfValues_SavesAndRestoresThem()
    {
        Model model = await cluster.ModelAsync();
        Variable<float> w = model.Variable("w", new TensorShape(Elements / 4, 4), Values, Partitioner.FixedSize(2));
        await model.InitializeAsync();
        var saver = new Saver(model);
        var saving = new Reports();
        var restoring = new Reports();

        string prefix = await saver.SaveAsync($"./{cluster.NewName("large")}/model.ckpt", 7, saving);
        await w.AssignSubAsync(Values);
        await saver.RestoreAsync(prefix, restoring);

        Assert.True((await w.ReadAsync()).AsSpan().SequenceEqual(Values));
        Assert.All([saving, restoring], reports => Assert.Equal(new ByteProgress(24 << 20, 24 << 20), reports.Last));
    }

    [Fact]
    public async Task ReadAsync_BeforeInitialise_OverTheDataPlane_IsUninitialised()
    {
        Variable<float> w = await DefineAsync(1, initialise: false);

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => w.ReadAsync());

        Assert.Equal(CheckpointError.Uninitialised, refusal.Error);
    }

    private async Task<Variable<float>> DefineAsync(int shards, bool initialise = true)
    {
        Model model = await cluster.ModelAsync();
        Variable<float> w = model.Variable("w", new TensorShape(Elements / 4, 4), 0f, Partitioner.FixedSize(shards));
        await (initialise ? model.InitializeAsync() : model.DefineAsync());
        return w;
    }
}
