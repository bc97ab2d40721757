using System.Text;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Storage.Memory;

namespace Cairn.Format.Tests.Checkpoints;

/// <summary>Waiting for checkpoints, on a clock that jumps.</summary>
public sealed class CheckpointWatcherTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly JumpingTime _time = new();
    private readonly MemoryBlobStore _store = new();

    [Fact]
    public async Task Watch_WithoutATimeoutFunction_HandsOutEachOnce_AndEndsWhenTheTimeIsOver()
    {
        await SaveAsync("m-1");
        List<string> seen = [];
        List<TimeSpan> waits = [];
        _time.Waiting = waits.Add;

        await foreach (CheckpointPrefix prefix in WatchAsync(new CheckpointWatchOptions { Timeout = TimeSpan.FromSeconds(3) }))
        {
            seen.Add(prefix.Value);
            if (seen.Count < 3)
            {
                await SaveAsync($"m-{seen.Count + 1}");
            }
        }

        Assert.Equal(["train/m-1", "train/m-2", "train/m-3"], seen);
        Assert.Equal(3, waits.Count); // One second each, until the next would pass the third.
    }

    [Fact]
    public async Task Watch_OfSeveralBetweenTwoLooks_HandsOutTheNewest()
    {
        await SaveAsync("m-1");
        List<string> seen = [];

        await foreach (CheckpointPrefix prefix in WatchAsync(new CheckpointWatchOptions { Timeout = TimeSpan.Zero }))
        {
            seen.Add(prefix.Value);
            if (seen.Count == 1)
            {
                await SaveAsync("m-2");
                await SaveAsync("m-3");
            }
        }

        Assert.Equal(["train/m-1", "train/m-3"], seen);
    }

    [Fact]
    public async Task Watch_WithATimeoutFunction_GoesOnUntilItSaysTrue()
    {
        int asked = 0;
        List<string> seen = [];
        var options = new CheckpointWatchOptions
        {
            Timeout = TimeSpan.FromSeconds(1),
            EndsAfterTimeout = () =>
            {
                if (++asked == 2)
                {
                    SaveAsync("m-1").GetAwaiter().GetResult();
                }

                return asked == 4;
            },
        };

        await foreach (CheckpointPrefix prefix in WatchAsync(options))
        {
            seen.Add(prefix.Value);
        }

        Assert.Equal(["train/m-1"], seen);
        Assert.Equal(4, asked);
    }

    [Fact]
    public async Task Watch_WithALeastInterval_WaitsForWhatIsLeftOfIt()
    {
        await SaveAsync("m-1");
        List<TimeSpan> waits = [];
        _time.Waiting = waits.Add;

        await foreach (CheckpointPrefix _ in WatchAsync(new CheckpointWatchOptions { Timeout = TimeSpan.Zero, MinInterval = TimeSpan.FromMinutes(5) }))
        {
            await Task.Delay(TimeSpan.FromMinutes(2), _time, Token); // The work on it.
        }

        Assert.Equal([TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(3)], waits);
    }

    [Fact]
    public async Task Watch_Cancelled_Ends()
    {
        using var source = new CancellationTokenSource();
        _time.Waiting = _ => source.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (CheckpointPrefix _ in CheckpointWatcher.WatchAsync(_store, "train", new CheckpointWatchOptions { Time = _time }, source.Token))
            {
            }
        });
    }

    [Fact]
    public async Task WaitForNew_WithoutAPause_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<CheckpointException>(async () => await CheckpointWatcher.WaitForNewAsync(
            _store, "train", null, new CheckpointWatchOptions { PollInterval = TimeSpan.Zero }, Token));

        Assert.Equal(CheckpointError.InvalidArgument, refused.Error);
    }

    private IAsyncEnumerable<CheckpointPrefix> WatchAsync(CheckpointWatchOptions options) =>
        CheckpointWatcher.WatchAsync(_store, "train", options with { Time = _time }, Token);

    private async Task SaveAsync(string name)
    {
        await _store.TryWriteAsync($"train/{name}.index", "x"u8.ToArray(), BlobCondition.None, Token);
        await _store.TryWriteAsync("train/checkpoint", Encoding.UTF8.GetBytes($"model_checkpoint_path: \"{name}\""), BlobCondition.None, Token);
    }
}
