using System.Collections.Immutable;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;

namespace Cairn.Format.Tests.Checkpoints;

/// <summary>The tests of TensorFlow's CheckpointManager (the format specification, 8.4), on a set of names in place of files and a clock that is set.</summary>
public sealed class ManagerRetentionTests
{
    private const double Hour = 3600;
    private readonly HashSet<string> _files = [];
    private CheckpointState? _state;

    [Fact]
    public void Deletion_TheFourthOfThree_DeletesTheFirst()
    {
        ManagerRetention manager = Begin(3, null, now: 0);

        manager = Save(manager, 4, now: _ => 1);

        Assert.Equal(["ckpt-2", "ckpt-3", "ckpt-4"], manager.Checkpoints);
        Assert.Equal(["ckpt-2", "ckpt-3", "ckpt-4"], _files.Order());
        Assert.Equal("ckpt-4", manager.Latest);
    }

    [Fact]
    public void KeepAll_ThenThree_DeletesTwoAtTheNextSave()
    {
        ManagerRetention manager = Save(Begin(null, null, now: 10), 4, now: number => 10 + number);
        Assert.Equal(4, manager.Managed.Length);

        manager = Begin(3, null, now: 20);
        Assert.Equal(["ckpt-1", "ckpt-2", "ckpt-3", "ckpt-4"], manager.Checkpoints);

        manager = Save(manager, "ckpt-5", 21);
        Assert.Equal(["ckpt-3", "ckpt-4", "ckpt-5"], manager.Checkpoints);
        Assert.Equal(["ckpt-3", "ckpt-4", "ckpt-5"], _files.Order());
    }

    [Fact]
    public void SaveRestoreState_TheClockOfTensorFlowsTest_PreservesItsCheckpoints()
    {
        const double First = 10000, Second = First + 3610, Third = Second + (0.2 * Hour), Fourth = Third + (0.5 * Hour), Fifth = Fourth + (0.5 * Hour);
        ManagerRetention manager = Save(Save(Begin(2, null, now: 3), "ckpt-1", First), "ckpt-2", Second);
        Assert.Equal([First, Second], _state!.AllModelCheckpointTimestamps);

        manager = Save(Begin(2, 1.5, now: Second), "ckpt-3", Third);
        Assert.Equal(["ckpt-1", "ckpt-2", "ckpt-3"], _files.Order());
        Assert.Equal(["ckpt-2", "ckpt-3"], manager.Checkpoints);
        Assert.Equal(First, _state.LastPreservedTimestamp);

        manager = Save(manager, "ckpt-4", Fourth);
        Assert.Equal(["ckpt-1", "ckpt-3", "ckpt-4"], _files.Order());
        manager = Save(manager, "ckpt-5", Fifth);
        Assert.Equal(["ckpt-4", "ckpt-5"], manager.Checkpoints);
        Assert.Equal(First, _state.LastPreservedTimestamp);

        manager = Save(Begin(2, 1.5, now: Fifth), "ckpt-6", Fifth + 10);
        Assert.Equal(["ckpt-1", "ckpt-4", "ckpt-5", "ckpt-6"], _files.Order());
        Assert.Equal(["ckpt-5", "ckpt-6"], manager.Checkpoints);
        Assert.Equal(Fourth, _state.LastPreservedTimestamp);
    }

    [Fact]
    public void KeepEveryHours_AnEvictedOneThatIsLateEnough_IsKeptForEver_AndNoLongerListed()
    {
        ManagerRetention manager = Begin(1, 1, now: 10000);
        Assert.Equal(9999, manager.LastPreservedTimestamp);
        manager = Save(manager, "ckpt-1", 10000);
        manager = Save(manager, "ckpt-2", 10000 + Hour); // ckpt-1 is evicted: too early to be kept.
        Assert.Equal(["ckpt-2"], _files);
        Assert.Equal(9999, manager.LastPreservedTimestamp);

        manager = Save(manager, "ckpt-3", 10000 + (2 * Hour)); // ckpt-2 is an hour after 9999.

        Assert.Equal(["ckpt-2", "ckpt-3"], _files.Order());
        Assert.Equal(["ckpt-3"], manager.Checkpoints);
        Assert.Equal(10000 + Hour, manager.LastPreservedTimestamp);
        Assert.Equal(["ckpt-3"], _state!.AllModelCheckpointPaths);
    }

    [Fact]
    public void ClockReset_WhatWasManagedBefore_IsNeverDeleted()
    {
        ManagerRetention manager = Save(Begin(1, 1, now: 10000), 3, now: number => 10000 + (Hour * (number - 1)));
        Assert.Equal(["ckpt-2", "ckpt-3"], _files.Order());
        Assert.Equal(13600, manager.LastPreservedTimestamp);

        manager = Begin(1, 1, now: 5000);

        Assert.True(manager.HasClockGoneBack);
        Assert.Empty(manager.Managed);
        Assert.Equal(5000, manager.LastPreservedTimestamp);
        manager = Save(manager, "ckpt-4", 5010);
        manager = Save(manager, "ckpt-5", 5020);
        Assert.Equal(["ckpt-2", "ckpt-3", "ckpt-5"], _files.Order());
        Assert.Equal([5020], _state!.AllModelCheckpointTimestamps);
        Assert.Equal(5000, _state.LastPreservedTimestamp);
    }

    [Fact]
    public void ContinueFromUnmanaged_CheckpointsOfASaver_AreNeverDeleted()
    {
        _files.UnionWith(["model-1", "model-2"]);
        _state = CheckpointState.Record("/train", "/train/model-2", ["/train/model-1", "/train/model-2"]);

        ManagerRetention manager = Begin(2, null, now: 100);
        Assert.Equal("/train/model-2", manager.Latest);
        Assert.Empty(manager.Managed);
        manager = Save(manager, 3, now: number => 100 + number);

        Assert.Equal(["ckpt-2", "ckpt-3"], manager.Checkpoints);
        Assert.Equal(["ckpt-2", "ckpt-3", "model-1", "model-2"], _files.Order());
    }

    [Fact]
    public void Record_APrefixAgain_MovesItToTheEnd()
    {
        ManagerRetention manager = Save(Begin(2, null, now: 0), 2, now: _ => 1);

        manager = Save(manager, "ckpt-1", 5);

        Assert.Equal(["ckpt-2", "ckpt-1"], manager.Checkpoints);
        Assert.Equal(["ckpt-1", "ckpt-2"], _files.Order());
    }

    [Fact]
    public void ToState_OfAbsolutePrefixes_IsWhatTensorFlowWrites()
    {
        ManagerRetention manager = Begin(2, null, now: 1673735798.5).Record("/train/ckpt-1", 1673735799.685766).Record("/train/ckpt-2", 1673735805.1234);

        Assert.Equal(
            "model_checkpoint_path: \"ckpt-2\"\nall_model_checkpoint_paths: \"ckpt-1\"\nall_model_checkpoint_paths: \"ckpt-2\"\n"
                + "all_model_checkpoint_timestamps: 1673735799.685766\nall_model_checkpoint_timestamps: 1673735805.1234\n"
                + "last_preserved_timestamp: 1673735797.5\n",
            System.Text.Encoding.UTF8.GetString(manager.ToState("/train").ToUtf8()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Begin_WithNoPositiveNumber_IsRefusedInTensorFlowsWords(int maxToKeep)
    {
        var refused = Assert.Throws<CheckpointException>(() => ManagerRetention.Begin(maxToKeep, null, null, 0));

        Assert.Contains($"Expected a positive integer or `None` for `max_to_keep`, got {maxToKeep}.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Begin_OfAStateWithOtherTimesThanPaths_IsRefused()
    {
        var state = new CheckpointState { ModelCheckpointPath = "a", AllModelCheckpointPaths = ["a"], AllModelCheckpointTimestamps = [1, 2] };

        var refused = Assert.Throws<CheckpointException>(() => ManagerRetention.Begin(1, null, state, 5));

        Assert.Contains("must match checkpoint paths", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToState_BeforeAnySave_IsRefused() =>
        Assert.Equal(CheckpointError.InvalidArgument, Assert.Throws<CheckpointException>(() => Begin(1, null, 0).ToState("train")).Error);

    [Fact]
    public void CheckpointInterval_SavesAtStepsThatAreDue()
    {
        var interval = new SaveInterval(2);
        List<long> saved = [];
        foreach (long step in new long[] { 0, 1, 2, 2, 3 })
        {
            if (interval.IsDue(step))
            {
                saved.Add(step);
                interval = interval.After(step);
            }
        }

        Assert.Equal([0, 2], saved);
        Assert.True(interval.IsDue(3, checksInterval: false));
        Assert.False(interval.After(3).IsDue(3, checksInterval: false)); // Also after a restore at that step.
    }

    private ManagerRetention Begin(int? maxToKeep, double? hours, double now) => ManagerRetention.Begin(maxToKeep, hours, _state, now);

    private ManagerRetention Save(ManagerRetention manager, int count, Func<int, double> now)
    {
        for (int number = 1; number <= count; number++)
        {
            manager = Save(manager, $"ckpt-{number}", now(number));
        }

        return manager;
    }

    private ManagerRetention Save(ManagerRetention manager, string prefix, double now)
    {
        _files.Add(prefix);
        (ManagerRetention next, ImmutableArray<string> delete) = manager.Record(prefix, now).Sweep();
        _files.ExceptWith(delete);
        _state = next.ToState("");
        return next;
    }
}
