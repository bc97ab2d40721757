using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Retention;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Commits;

/// <summary>A checkpoint that is pinned is neither deleted nor replaced (R22).</summary>
public sealed class PinTests
{
    private readonly MemoryBlobStore _store = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Retention_LeavesWhatIsPinned_GoesOnWithTheNext_AndComesBackToItWhenItIsUnpinned()
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save("m/c-1", "one", MaxToKeep: 1));
        await coordinator.Driver.Pins.PinAsync(new CheckpointPrefix("m/c-1"), default);
        await coordinator.SaveAsync(new Save("m/c-2", "two", MaxToKeep: 1));
        await coordinator.SaveAsync(new Save("m/c-3", "three", MaxToKeep: 1));
        await coordinator.SaveAsync(new Save("m/c-4", "four", MaxToKeep: 1));
        string?[] pinned = [await ReadAsync("m/c-1"), await ReadAsync("m/c-2"), await ReadAsync("m/c-3"), await ReadAsync("m/c-4")];

        await coordinator.Driver.Pins.UnpinAsync(new CheckpointPrefix("m/c-1"), default);
        await coordinator.SaveAsync(new Save("m/c-5", "five", MaxToKeep: 1));
        await coordinator.SaveAsync(new Save("m/c-6", "six", MaxToKeep: 1));

        Assert.Equal(["one", null, null, "four"], pinned);
        Assert.Null(await ReadAsync("m/c-1"));
        Assert.Equal("six", await ReadAsync("m/c-6"));
    }

    [Theory]
    [InlineData("m/c", false)]
    [InlineData("m/c-1", true)]
    public async Task Begin_AtAPinnedCheckpoint_IsRefused_WithTheRemedy(string prefix, bool isNumbered)
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save(prefix, "one", isNumbered));
        await coordinator.Driver.Pins.PinAsync(new CheckpointPrefix(prefix), default);

        CheckpointException refused = await Assert.ThrowsAsync<CheckpointException>(
            () => coordinator.SaveAsync(new Save(prefix, "two", isNumbered, Overwrite: true)));
        string? stands = await ReadAsync(prefix);
        await coordinator.Driver.Pins.UnpinAsync(new CheckpointPrefix(prefix), default);
        await coordinator.SaveAsync(new Save(prefix, "two", isNumbered, Overwrite: true));

        Assert.Equal(CheckpointError.AlreadyExists, refused.Error);
        Assert.Contains("unpin it first", refused.Message, StringComparison.Ordinal);
        Assert.Equal("one", stands);
        Assert.Equal("two", await ReadAsync(prefix));
    }

    [Fact]
    public async Task Pin_OfACheckpointWhoseDeletionWaits_DropsTheDeletion()
    {
        Coordinator coordinator = await StartAsync();
        await coordinator.SaveAsync(new Save("m/c-1", "one"));
        var index = (await _store.TryGetPropertiesAsync("m/c-1.index", default))!.ETag;
        await coordinator.Ledger.ChangeAsync(record => record with { Deletions = [new Deletion("m/c-1", index, [], _time.GetUtcNow())] });

        await coordinator.Driver.Pins.PinAsync(new CheckpointPrefix("m/c-1"), default);
        await coordinator.Driver.SweepAsync(default);

        Assert.Equal("one", await ReadAsync("m/c-1"));
    }

    /// <summary>The pin comes at any moment of a save whose retention deletes what is pinned: either it is refused, or the checkpoint stays.</summary>
    [Fact]
    public async Task Pin_AtAnyOperationOfASaveThatEvictsIt_IsRefusedOrHolds()
    {
        for (int operation = 1; ; operation++)
        {
            MemoryBlobStore memory = new();
            Coordinator first = await Coordinator.StartAsync(memory, _time);
            await first.SaveAsync(new Save("m/c-1", "one", MaxToKeep: 1));
            PausingBlobStore store = new(memory);
            Coordinator coordinator = await Coordinator.StartAsync(store, _time);
            store.PauseAt(operation);
            Task save = coordinator.SaveAsync(new Save("m/c-2", "two", MaxToKeep: 1));
            bool isPaused = await store.PausedAsync(save);
            Task pin = coordinator.Driver.Pins.PinAsync(new CheckpointPrefix("m/c-1"), default);
            store.GoOn();
            await save;
            Exception? refused = await Record.ExceptionAsync(() => pin);
            if (refused is CheckpointException { Error: CheckpointError.TryAgain })
            {
                refused = await Record.ExceptionAsync(() => coordinator.Driver.Pins.PinAsync(new CheckpointPrefix("m/c-1"), default));
            }

            string? now = await ToyBundle.ReadAsync(memory, new CheckpointPrefix("m/c-1"));
            Assert.True(refused is null ? now == "one" : now is null, $"At operation {operation} the pin was {refused?.Message ?? "taken"}, and there is {now}.");
            Assert.Equal(refused is null, coordinator.Ledger.Current.Pins.Contains("m/c-1"));
            if (!isPaused)
            {
                return;
            }
        }
    }

    [Fact]
    public async Task Pin_OfNothing_OrOfAnotherModelsCheckpoint_IsRefused()
    {
        Coordinator other = await Coordinator.StartAsync(_store, _time, model: "other");
        await other.SaveAsync(new Save("o/c-1", "other's"));
        Coordinator coordinator = await StartAsync();

        CheckpointException absent = await Assert.ThrowsAsync<CheckpointException>(() => coordinator.Driver.Pins.PinAsync(new CheckpointPrefix("m/c-1"), default));
        CheckpointException foreign = await Assert.ThrowsAsync<CheckpointException>(() => coordinator.Driver.Pins.PinAsync(new CheckpointPrefix("o/c-1"), default));

        Assert.Equal(CheckpointError.NotFound, absent.Error);
        Assert.Equal(CheckpointError.InvalidArgument, foreign.Error);
        Assert.Contains("model 'other'", foreign.Message, StringComparison.Ordinal);
        Assert.Empty(coordinator.Ledger.Current.Pins);
    }

    [Fact]
    public void Pin_OfTooMany_IsRefused()
    {
        CoordinatorRecord full = CoordinatorRecord.Create("ranker", "cluster") with { Pins = [.. Enumerable.Range(0, PinRules.PinsMax).Select(i => $"m/c-{i}")] };

        Assert.Equal(CheckpointError.LimitExceeded, Assert.Throws<CheckpointException>(() => PinRules.Pin(full, "m/c")).Error);
        Assert.Same(full, PinRules.Pin(full, "m/c-7"));
    }

    private Task<Coordinator> StartAsync() => Coordinator.StartAsync(_store, _time);

    private Task<string?> ReadAsync(string prefix) => ToyBundle.ReadAsync(_store, new CheckpointPrefix(prefix));
}
