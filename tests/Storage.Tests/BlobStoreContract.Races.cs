using System.Globalization;
using System.Text;
using Cairn.Format.Blobs;

namespace Cairn.Storage.Tests;

// Writers and readers at the same time.
public abstract partial class BlobStoreContract
{
    private const int RacingBlobLengthBytes = 50_000;

    protected virtual int Rounds => 10;

    [Fact]
    public async Task Race_IfAbsent_ExactlyOneWins()
    {
        for (int round = 0; round < Rounds; round++)
        {
            string name = $"race/{round}";
            BlobETag?[] outcomes = await RaceAsync(writer =>
                StoreOf(writer).TryWriteAsync(name, Encoding.UTF8.GetBytes($"writer {writer}"), BlobCondition.IfAbsent, Ends).AsTask());

            int winner = Assert.Single(Enumerable.Range(0, Writers), writer => outcomes[writer] is not null);
            Assert.Equal(($"writer {winner}", outcomes[winner]!.Value), await ReadTextAsync(name));
        }
    }

    [Fact]
    public async Task Race_IfAbsentUploads_ExactlyOneWins()
    {
        for (int round = 0; round < Rounds; round++)
        {
            string name = $"race/{round}";
            BlobETag?[] outcomes = await RaceAsync(async writer =>
            {
                await using IBlobUpload upload = await StoreOf(writer).BeginUploadAsync(name, Guid.NewGuid(), Ends);
                await upload.StageAsync(0, 0, Encoding.UTF8.GetBytes($"writer {writer}"), Ends);
                try
                {
                    return await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends);
                }
                catch (Format.Errors.CheckpointException fault) when (fault.Error == Format.Errors.CheckpointError.Aborted)
                {
                    return null; // The winner's commit made the store drop the blocks of the others.
                }
            });

            int winner = Assert.Single(Enumerable.Range(0, Writers), writer => outcomes[writer] is not null);
            Assert.Equal(($"writer {winner}", outcomes[winner]!.Value), await ReadTextAsync(name));
        }
    }

    [Fact]
    public async Task Race_CountersByCompareAndSwap_LoseNothing()
    {
        await RaceAsync(async writer =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                await IncrementAsync(StoreOf(writer), "counter", Ends);
            }

            return true;
        });

        Assert.Equal((Writers * Rounds).ToString(CultureInfo.InvariantCulture), (await ReadTextAsync("counter")).Text);
    }

    [Fact]
    public async Task Race_DeletionsOfOneWriting_ExactlyOneDeletes()
    {
        for (int round = 0; round < Rounds; round++)
        {
            BlobETag etag = await WriteAsync("gone", "x");
            BlobDeletion[] outcomes = await RaceAsync(writer => StoreOf(writer).DeleteAsync("gone", etag, Ends).AsTask());

            Assert.Equal(Writers - 1, outcomes.Count(outcome => outcome == BlobDeletion.Absent));
            Assert.Single(outcomes, BlobDeletion.Deleted);
        }
    }

    [Fact]
    public async Task Readers_WhileABlobIsReplaced_SeeOneWritingWhole()
    {
        await Store.TryWriteAsync("whole", Enumerable.Repeat((byte)0, RacingBlobLengthBytes).ToArray(), BlobCondition.None, Ends);
        using var written = new CancellationTokenSource();
        Task<int>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadWholeBlobsAsync(written.Token)))];

        for (byte value = 1; value <= 2 * Rounds; value++)
        {
            byte[] bytes = Enumerable.Repeat(value, RacingBlobLengthBytes + value).ToArray();
            await using IBlobUpload upload = await Store.BeginUploadAsync("whole", Guid.NewGuid(), Ends);
            await upload.StageAsync(0, 0, bytes.AsMemory(0, 100), Ends);
            await upload.StageAsync(1, 100, bytes.AsMemory(100), Ends);
            Assert.NotNull(await upload.TryCommitAsync(BlobCondition.None, Ends));
        }

        await written.CancelAsync();
        Assert.All(await Task.WhenAll(readers).WaitAsync(Ends), count => Assert.True(count > 0, "a reader never read"));
    }

    /// <summary>Adds 1 to the number in a blob by compare-and-swap, however often that takes.</summary>
    internal static async Task IncrementAsync(IBlobStore store, string name, CancellationToken ends)
    {
        while (true)
        {
            BlobContent? before = await store.TryReadAsync(name, 100, ends);
            int count = before is null ? 0 : int.Parse(Encoding.UTF8.GetString(before.Bytes.Span), CultureInfo.InvariantCulture);
            byte[] next = Encoding.UTF8.GetBytes((count + 1).ToString(CultureInfo.InvariantCulture));
            if (await store.TryWriteAsync(name, next, BlobCondition.IfStill(before?.ETag), ends) is not null)
            {
                return;
            }
        }
    }

    private async Task<int> ReadWholeBlobsAsync(CancellationToken written)
    {
        int count = 0;
        do
        {
            BlobContent content = (await SecondStore.TryReadAsync("whole", 2 * RacingBlobLengthBytes, Ends))!;
            byte value = content.Bytes.Span[0];
            Assert.Equal(RacingBlobLengthBytes + value, content.Bytes.Length);
            Assert.False(content.Bytes.Span.ContainsAnyExcept(value), "bytes of two writings in one reading");
            count++;
        }
        while (!written.IsCancellationRequested);

        return count;
    }

    private IBlobStore StoreOf(int writer) => writer % 2 == 0 ? Store : SecondStore;

    private async Task<T[]> RaceAsync<T>(Func<int, Task<T>> act)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<T>[] racers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            await start.Task;
            return await act(writer);
        }))];
        start.SetResult();
        return await Task.WhenAll(racers).WaitAsync(Ends);
    }
}
