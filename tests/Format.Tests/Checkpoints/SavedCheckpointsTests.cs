using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;
using Cairn.Storage.Memory;
using Cairn.Testing;

namespace Cairn.Format.Tests.Checkpoints;

/// <summary>Checkpoints by their prefix (the format specification, 8.3 and 8.4).</summary>
public sealed class SavedCheckpointsTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly MemoryBlobStore _store = new(new JumpingTime());

    [Fact]
    public async Task Exists_ByItsIndexOnly()
    {
        await SaveAsync("d/m-1", shardCount: 2);
        await WriteAsync("d/m-2.data-00000-of-00001");
        await WriteAsync("d/notes");

        Assert.True(await ExistsAsync("d/m-1"));
        Assert.False(await ExistsAsync("d/m-2"));
        Assert.False(await ExistsAsync("d/notes"));
        Assert.False(await ExistsAsync("d/"));
    }

    [Fact]
    public async Task Exists_AV1Checkpoint_IsOne()
    {
        var store = new LocalBlobStore(Corpus.PathOf("negative/v1-half-plus-two-sharded"));

        Assert.True(await SavedCheckpoints.ExistsAsync(store, new CheckpointPrefix("variables-00000-of-00001"), Token));
    }

    [Fact]
    public async Task ModifiedTimes_OfThoseThatExist_AreInTheirOrder()
    {
        await SaveAsync("m-1", shardCount: 1);
        await SaveAsync("m-2", shardCount: 2);

        SavedCheckpoint[] times = [.. await SavedCheckpoints.ModifiedTimesAsync(_store, Prefixes("m-2", "gone", "m-1"), Token)];

        Assert.Equal(["m-2", "m-1"], times.Select(saved => saved.Prefix));
        Assert.True(times[0].Time > times[1].Time);
    }

    [Fact]
    public async Task Recover_WhereOneIsGone_ListsTheOthersBeforeTheNext()
    {
        foreach (string prefix in new[] { "s1", "s2", "s3" })
        {
            await SaveAsync(prefix, shardCount: 1);
        }

        await SavedCheckpoints.RemoveAsync(_store, new CheckpointPrefix("s1"), removesMeta: true, Token);
        SaverRetention saver = await SavedCheckpoints.RecoverAsync(_store, SaverRetention.Begin(10, 10000, 0), Prefixes("s1", "s2", "s3"), Token);

        Assert.Equal(["s2", "s3"], saver.LastCheckpoints);
        Assert.Equal(["s2", "s3", "s4"], saver.Record("s4", 1).LastCheckpoints);
    }

    [Fact]
    public async Task Remove_AShardedCheckpoint_LeavesNothingOfItAndAllOfItsNeighbours()
    {
        await SaveAsync("m-1", shardCount: 2);
        await WriteAsync("m-1.meta");
        await WriteAsync("m-1.data-100000-of-100001"); // TensorFlow leaves it: it looks for five digits.
        await WriteAsync("m-1.data-notes");
        await SaveAsync("m-10", shardCount: 1);
        await WriteAsync("m-1.data-00000-of-00001.index");

        Assert.Equal(5, await SavedCheckpoints.RemoveAsync(_store, new CheckpointPrefix("m-1"), removesMeta: true, Token));

        Assert.Equal(
            ["m-1.data-00000-of-00001.index", "m-1.data-notes", "m-10.data-00000-of-00001", "m-10.index"],
            await _store.ListAsync("", Token).Select(blob => blob.Name).ToListAsync(Token));
        Assert.Equal(0, await SavedCheckpoints.RemoveAsync(_store, new CheckpointPrefix("m-1"), removesMeta: true, Token));
    }

    [Fact]
    public async Task Remove_AsAManagerDoes_LeavesTheMetaGraph()
    {
        await SaveAsync("m-1", shardCount: 1);
        await WriteAsync("m-1.meta");

        await SavedCheckpoints.RemoveAsync(_store, new CheckpointPrefix("m-1"), removesMeta: false, Token);

        Assert.Equal("m-1.meta", (await _store.ListAsync("", Token).SingleAsync(Token)).Name);
    }

    private static IEnumerable<CheckpointPrefix> Prefixes(params string[] prefixes) => prefixes.Select(prefix => new CheckpointPrefix(prefix));

    private ValueTask<bool> ExistsAsync(string prefix) => SavedCheckpoints.ExistsAsync(_store, new CheckpointPrefix(prefix), Token);

    private async Task WriteAsync(string name) => await _store.TryWriteAsync(name, "some text that is no table and longer than its footer"u8.ToArray(), BlobCondition.None, Token);

    private async Task SaveAsync(string prefix, int shardCount)
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(
            _store, new CheckpointPrefix(prefix), new BundleWriterOptions { ShardCount = shardCount }, Token);
        await writer.AddAsync("v", TensorValue.Of(TensorShape.Scalar, 1f), Token);
        await writer.FinishAsync(Token);
    }
}
