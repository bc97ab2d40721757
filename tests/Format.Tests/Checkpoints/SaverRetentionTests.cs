using Cairn.Format.Checkpoints;

namespace Cairn.Format.Tests.Checkpoints;

/// <summary>The retention tests of TensorFlow's saver_test (the format specification, 8.3), on sets of names in place of files.</summary>
public sealed class SaverRetentionTests
{
    [Fact]
    public void MaxToKeep_TheThirdOfTwo_DeletesTheFirst()
    {
        HashSet<string> files = [];
        SaverRetention saver = SaverRetention.Begin(maxToKeep: 2, keepCheckpointEveryNHours: 10000, now: 0);

        saver = Save(saver, files, "s1", 1);
        saver = Save(saver, files, "s2", 2);
        Assert.Equal(["s1", "s2"], saver.LastCheckpoints);

        saver = Save(saver, files, "s3", 3);
        Assert.Equal(["s2", "s3"], saver.LastCheckpoints);
        Assert.Equal(["s2", "s3"], files.Order());

        SaverRetention second = SaverRetention.Begin(2, 10000, 3).WithLastCheckpoints(saver.LastCheckpoints);
        SaverRetention third = SaverRetention.Begin(2, 10000, 3);

        saver = Save(saver, files, "s2", 4); // Saved again: it moves to the end, nothing is evicted.
        Assert.Equal(["s3", "s2"], saver.LastCheckpoints);
        Assert.Equal(["s2", "s3"], files.Order());

        saver = Save(saver, files, "s1", 5);
        Assert.Equal(["s2", "s1"], saver.LastCheckpoints);
        Assert.Equal(["s1", "s2"], files.Order());

        second = Save(second, files, "s2", 6);
        Assert.Equal(["s3", "s2"], second.LastCheckpoints);

        third = Save(third, files, "s2", 7); // Without history it lists only its own.
        Assert.Equal(["s2"], third.LastCheckpoints);
        third = Save(third, files, "s1", 8);
        Assert.Equal(["s2", "s1"], third.LastCheckpoints);
    }

    [Fact]
    public void NoMaxToKeep_DeletesNothing_AndTracksNothing()
    {
        HashSet<string> files = [];
        SaverRetention saver = SaverRetention.Begin(0, 10000, 0);

        saver = Save(saver, files, "s1", 1);
        saver = Save(saver, files, "s2", 2);

        Assert.Empty(saver.LastCheckpoints);
        Assert.Equal(["s1", "s2"], files.Order());
    }

    [Fact]
    public void KeepCheckpointEveryNHours_TheFirstAfterTheTime_IsKeptForEver()
    {
        HashSet<string> files = [];
        SaverRetention saver = SaverRetention.Begin(2, 0.7 / 3600, now: 100);
        saver = Save(saver, files, "s1", 101);
        saver = Save(saver, files, "s2", 101.01);

        saver = Save(saver, files, "s3", 101.02);
        Assert.Equal(["s2", "s3"], saver.LastCheckpoints);
        Assert.Equal(101.4, saver.NextKeepTime, 9); // One step only, from 100.7.

        saver = Save(saver, files, "s4", 101.03);
        Assert.Equal(["s3", "s4"], saver.LastCheckpoints);
        Assert.Equal(["s1", "s3", "s4"], files.Order());
    }

    [Fact]
    public void SetLastCheckpoints_EachOfUnknownTime_IsKeptWhenEvicted()
    {
        HashSet<string> files = ["s1"];
        SaverRetention saver = SaverRetention.Begin(1, 1, 0).WithLastCheckpoints(["s1"]);

        saver = Save(saver, files, "s2", 1);

        Assert.Equal(["s1", "s2"], files.Order());
        Assert.Equal(["s2"], saver.LastCheckpoints);
    }

    [Fact]
    public void Recover_ThoseFound_AreListedBeforeTheNext()
    {
        SaverRetention saver = SaverRetention.Begin(5, 10000, 0).WithRecovered([new SavedCheckpoint("s2", 2), new SavedCheckpoint("s3", 3)]);
        Assert.Equal(["s2", "s3"], saver.LastCheckpoints);
        Assert.Equal(["s2", "s3", "s4"], saver.Record("s4", 4).LastCheckpoints);
    }

    [Fact]
    public void MaybeDelete_AfterTwoRecords_NamesOneAtATime()
    {
        SaverRetention saver = SaverRetention.Begin(1, 10000, 0).Record("a", 1).Record("b", 2).Record("c", 3);

        (saver, string? first) = saver.MaybeDelete();
        (saver, string? second) = saver.MaybeDelete();
        (_, string? third) = saver.MaybeDelete();

        Assert.Equal(["a", "b", null], [first, second, third]);
    }

    [Fact]
    public void Resume_OfAllProperties_GoesOnTheSame()
    {
        SaverRetention saver = SaverRetention.Begin(1, 1, 0).Record("a", 5000).Record("b", 5001);
        SaverRetention again = SaverRetention.Resume(saver.MaxToKeep, saver.KeepEverySeconds, saver.NextKeepTime, saver.Last, saver.Evicted);

        (SaverRetention next, string? delete) = again.MaybeDelete();
        Assert.Null(delete);
        Assert.Equal(7200, next.NextKeepTime);
        Assert.Equal(["b"], next.LastCheckpoints);
    }

    private static SaverRetention Save(SaverRetention saver, HashSet<string> files, string prefix, double now)
    {
        files.Add(prefix);
        (SaverRetention next, string? delete) = saver.Record(prefix, now).MaybeDelete();
        if (delete is not null)
        {
            files.Remove(delete);
        }

        return next;
    }
}
