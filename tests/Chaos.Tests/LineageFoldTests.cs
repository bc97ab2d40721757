using Cairn.Chaos.Logs;
using Cairn.Chaos.Models;
using Cairn.Chaos.Verification;
using Cairn.Format.Sidecars;

namespace Cairn.Chaos.Tests;

public sealed class LineageFoldTests
{
    private readonly RunOfTwo _run = new();

    [Fact]
    public void Check_CheckpointsOfExactlyTheNamedSteps_AreEqual()
    {
        LineageFold fold = new(_run.Histories);

        Assert.Empty(fold.Check(RunOfTwo.Checkpoint(RunOfTwo.StateAfter(0, 1), 1, 0, 1)));
        Assert.Empty(fold.Check(RunOfTwo.Checkpoint(RunOfTwo.StateAfter(2, 2), 2, 2, 2)));
    }

    [Fact]
    public void Check_FlippedAdd_IsFound()
    {
        ModelState wrong = RunOfTwo.StateAfter(0, 1);
        wrong.Apply(0, new LoggedUpdate(UpdateAction.Sub, "shared/partitioned", 13));
        wrong.Apply(0, new LoggedUpdate(UpdateAction.Sub, "shared/partitioned", 13));

        AssertFound("'shared/partitioned' differs", RunOfTwo.Checkpoint(wrong, 1, 0, 1));
    }

    [Fact]
    public void Check_OneBitOfOneElement_IsFound()
    {
        StoredCheckpoint checkpoint = RunOfTwo.Checkpoint(RunOfTwo.StateAfter(0, 1), 1, 0, 1);
        byte[] bytes = checkpoint.Tensors["owned-1/w05"].ToArray();
        bytes[^1] ^= 1;

        AssertFound(
            $"'owned-1/w05' differs from the logs at byte {bytes.Length - 1} of {bytes.Length}",
            checkpoint with { Tensors = new Dictionary<string, ReadOnlyMemory<byte>>(checkpoint.Tensors) { ["owned-1/w05"] = bytes } });
    }

    [Fact]
    public void Check_MissingStep_IsFound() => AssertFound("differs from the logs", RunOfTwo.Checkpoint(RunOfTwo.StateAfter(0, 1), 1, 1, 1));

    [Fact]
    public void Check_StepTooMany_IsFound() => AssertFound("differs from the logs", RunOfTwo.Checkpoint(RunOfTwo.StateAfter(1, 1), 1, 0, 1));

    [Fact]
    public void Check_HalfAStep_IsFound()
    {
        ModelState wrong = RunOfTwo.StateAfter(0, 1);
        RunOfTwo.Do(wrong, 0, RunOfTwo.Updates(0, 1).Take(2));

        AssertFound("'owned-0/partitioned' differs", RunOfTwo.Checkpoint(wrong, 1, 0, 1));
    }

    [Fact]
    public void Check_ShadowInPlaceOfItsValue_IsFound()
    {
        StoredCheckpoint checkpoint = RunOfTwo.Checkpoint(RunOfTwo.StateAfter(0, 1), 1, 0, 1);
        PlannedVariable variable = ModelPlan.Variables[0];
        var swapped = new Dictionary<string, ReadOnlyMemory<byte>>(checkpoint.Tensors)
        {
            [variable.Name] = checkpoint.Tensors[variable.AverageName],
            [variable.AverageName] = checkpoint.Tensors[variable.Name],
        };

        AssertFound($"'{variable.AverageName}' differs", checkpoint with { Tensors = swapped });
    }

    [Fact]
    public void Check_AverageOfAnotherCutThanItsValue_IsFound()
    {
        StoredCheckpoint checkpoint = RunOfTwo.Checkpoint(RunOfTwo.StateAfter(0, 1), 1, 0, 1);
        string average = ModelPlan.Variables[0].AverageName;
        byte[] later = RunOfTwo.StateAfter(1, 1).Bytes(average).ToArray();

        AssertFound(
            $"'{average}' differs", checkpoint with { Tensors = new Dictionary<string, ReadOnlyMemory<byte>>(checkpoint.Tensors) { [average] = later } });
    }

    [Fact]
    public void Check_CountOfAnotherCut_IsFound()
    {
        StoredCheckpoint checkpoint = RunOfTwo.Checkpoint(RunOfTwo.StateAfter(0, 1), 1, 0, 1);
        SidecarAverage average = new("owned-1/partitioned", "ExponentialMovingAverage", ModelPlan.Decay, 2);

        AssertFound("has 2 updates, by the logs 1", checkpoint with { Sidecar = checkpoint.Sidecar! with { Averages = [average] } });
    }

    [Fact]
    public void Check_MissingTensor_IsFound()
    {
        StoredCheckpoint checkpoint = RunOfTwo.Checkpoint(RunOfTwo.StateAfter(0, 1), 1, 0, 1);
        Dictionary<string, ReadOnlyMemory<byte>> tensors = new(checkpoint.Tensors);
        tensors.Remove("shared/longs");

        AssertFound("'shared/longs' is not in it", checkpoint with { Tensors = tensors });
    }

    [Fact]
    public void Check_StepThatNobodyLogged_IsFound() =>
        AssertFound("trainer-0 has no step 3 of generation 1 in its log", RunOfTwo.Checkpoint(RunOfTwo.StateAfter(2, 1), 1, 3, 1));

    [Fact]
    public void Check_StepTriedTwice_TakesTheLastTry()
    {
        List<TrainerEvent> log = _run.Logs[0];
        int place = log.FindIndex(entry => entry.Deed == TrainerDeed.Step && entry.Step == 1);
        log.Insert(place, log[place] with { Updates = [new LoggedUpdate(UpdateAction.Assign, "owned-0/w03", 99)] });

        Assert.Empty(new LineageFold(_run.Histories).Check(RunOfTwo.Checkpoint(RunOfTwo.StateAfter(1, 1), 1, 1, 1)));
    }

    [Fact]
    public void Check_StepThatHadEndedAndWasBegunAgain_IsFound()
    {
        List<TrainerEvent> log = _run.Logs[0];
        log.Add(log.Last(entry => entry.Deed == TrainerDeed.Step));

        AssertFound("step 2 of trainer-0 in generation 1 had ended, and was begun again", RunOfTwo.Checkpoint(RunOfTwo.StateAfter(2, 1), 1, 2, 1));
    }

    [Fact]
    public void Check_NextGeneration_GoesOnFromTheLastWholeCheckpoint()
    {
        LoggedUpdate update = new(UpdateAction.Add, "shared/f02", 77);
        _run.Logs[0].Add(new TrainerEvent { Deed = TrainerDeed.Join, Generation = 2, Step = 0 });
        _run.Logs[0].Add(new TrainerEvent { Deed = TrainerDeed.Step, Generation = 2, Step = 1, Updates = [update] });
        LineageFold fold = new(_run.Histories);
        Assert.Empty(fold.Check(RunOfTwo.Checkpoint(RunOfTwo.StateAfter(0, 1), 1, 0, 1)));

        ModelState state = RunOfTwo.StateAfter(0, 1);
        state.Apply(0, update);
        StoredCheckpoint checkpoint = RunOfTwo.Checkpoint(state, 1, 1, 1);

        Assert.Empty(fold.Check(checkpoint with { Sidecar = checkpoint.Sidecar! with { Generation = 2 } }));
    }

    [Fact]
    public void Check_GenerationThatSentATrainerElsewhere_IsFound()
    {
        _run.Logs[0].Add(new TrainerEvent { Deed = TrainerDeed.Join, Generation = 2, Step = 2 });
        LineageFold fold = new(_run.Histories);
        Assert.Empty(fold.Check(RunOfTwo.Checkpoint(RunOfTwo.StateAfter(0, 1), 1, 0, 1)));
        StoredCheckpoint checkpoint = RunOfTwo.Checkpoint(RunOfTwo.StateAfter(0, 1), 1, 0, 1);

        IReadOnlyList<string> faults = fold.Check(checkpoint with { Sidecar = checkpoint.Sidecar! with { Generation = 2 } });

        Assert.Contains("trainer-0 was told to go on after step 2 in generation 2, whose base has step 0", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Histories_OfATrainerThatIsSentBackInItsGeneration_SayIt()
    {
        _run.Logs[1].Add(new TrainerEvent { Deed = TrainerDeed.Join, Generation = RunOfTwo.Generation, Step = 1 });

        Assert.Equal("trainer-1 joined generation 1 at step 1, though its step 2 had ended in it", Assert.Single(_run.Histories[1].Faults));
    }

    private void AssertFound(string fault, StoredCheckpoint checkpoint) =>
        Assert.Contains(new LineageFold(_run.Histories).Check(checkpoint), found => found.Contains(fault, StringComparison.Ordinal));
}
