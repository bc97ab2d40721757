using System.ComponentModel.DataAnnotations;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Tests.Variables.Shards;

public sealed class SessionMemoryTests
{
    private readonly SessionMemory _memory = new();

    [Fact]
    public void WasApplied_OfTheNewestStep_KnowsEachOrdinal()
    {
        var session = Guid.NewGuid();
        Apply(session, 1, 0, 7);

        Assert.True(_memory.WasApplied(new OperationId(session, 1, 7)));
        Assert.False(_memory.WasApplied(new OperationId(session, 1, 1)));
        Assert.False(_memory.WasApplied(new OperationId(session, 2, 7)));
        Assert.False(_memory.WasApplied(new OperationId(Guid.NewGuid(), 1, 7)));
    }

    [Fact]
    public void WasApplied_OfAnOlderStep_IsRefused()
    {
        var session = Guid.NewGuid();
        Apply(session, 5, 0);

        Assert.Equal(CheckpointError.StaleStep, Assert.Throws<CheckpointException>(() => _memory.WasApplied(new OperationId(session, 4, 0))).Error);
    }

    [Fact]
    public void MakeRoomFor_OneSessionTooMany_IsRefused_UntilOneIsFenced()
    {
        var memory = new SessionMemory(openMax: 20);
        Guid[] sessions = [.. Enumerable.Range(0, 20).Select(_ => Guid.NewGuid())];
        Array.ForEach(sessions, session => Apply(memory, session, 1, 0));
        var late = new OperationId(Guid.NewGuid(), 1, 0);

        Assert.Equal(CheckpointError.LimitExceeded, Assert.Throws<CheckpointException>(() => memory.MakeRoomFor(late)).Error);
        Assert.True(memory.Fence(sessions[17], 1));
        memory.MakeRoomFor(late);
        memory.Remember(late);

        Assert.True(memory.WasApplied(new OperationId(sessions[16], 1, 0)));
        Assert.True(memory.WasApplied(late));
    }

    [Fact]
    public void Fence_WhenTheMemoryIsFull_ForgetsTheOldestFenced()
    {
        var memory = new SessionMemory(openMax: 2, fencedMax: 2);
        Guid[] open = [Guid.NewGuid(), Guid.NewGuid()];
        Guid[] fenced = [Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()];
        Array.ForEach(open, session => Apply(memory, session, 1, 0));

        Assert.All(fenced, session => Assert.False(memory.Fence(session, 1)));

        Assert.Throws<CheckpointException>(() => memory.WasApplied(new OperationId(fenced[2], 1, 0)));
        Assert.Throws<CheckpointException>(() => memory.WasApplied(new OperationId(fenced[1], 1, 0)));
        Assert.False(memory.WasApplied(new OperationId(fenced[0], 1, 0)));
        Assert.All(open, session => Assert.True(memory.WasApplied(new OperationId(session, 1, 0))));
    }

    [Fact]
    public void OpenMax_IsNoLessThanAnyCoordinatorAllows()
    {
        System.Reflection.PropertyInfo option = typeof(CoordinationOptions).GetProperty(nameof(CoordinationOptions.SessionsMax))!;
        var range = (RangeAttribute)Attribute.GetCustomAttribute(option, typeof(RangeAttribute))!;

        Assert.True(SessionMemory.OpenMax >= (int)range.Maximum);
    }

    [Fact]
    public void MakeRoomFor_AStepWithoutEnd_IsRefusedAtItsLimit()
    {
        var session = Guid.NewGuid();
        Apply(session, 1, [.. Enumerable.Range(0, SessionMemory.OrdinalsMax)]);

        var next = new OperationId(session, 1, SessionMemory.OrdinalsMax);
        Assert.Equal(CheckpointError.LimitExceeded, Assert.Throws<CheckpointException>(() => _memory.MakeRoomFor(next)).Error);
        _memory.MakeRoomFor(new OperationId(session, 2, 0));
    }

    private void Apply(Guid session, long step, params int[] ordinals) => Apply(_memory, session, step, ordinals);

    private static void Apply(SessionMemory memory, Guid session, long step, params int[] ordinals)
    {
        foreach (int ordinal in ordinals)
        {
            var operation = new OperationId(session, step, ordinal);
            Assert.False(memory.WasApplied(operation));
            memory.MakeRoomFor(operation);
            memory.Remember(operation);
        }
    }
}
