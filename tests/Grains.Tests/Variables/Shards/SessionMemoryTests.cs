using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
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
        Guid[] sessions = [.. Enumerable.Range(0, SessionMemory.SessionsMax).Select(_ => Guid.NewGuid())];
        Array.ForEach(sessions, session => Apply(session, 1, 0));
        var late = new OperationId(Guid.NewGuid(), 1, 0);

        Assert.Equal(CheckpointError.LimitExceeded, Assert.Throws<CheckpointException>(() => _memory.MakeRoomFor(late)).Error);
        Assert.True(_memory.Fence(sessions[17], 1));
        _memory.MakeRoomFor(late);
        _memory.Remember(late);

        Assert.True(_memory.WasApplied(new OperationId(sessions[16], 1, 0)));
        Assert.True(_memory.WasApplied(late));
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

    private void Apply(Guid session, long step, params int[] ordinals)
    {
        foreach (int ordinal in ordinals)
        {
            var operation = new OperationId(session, step, ordinal);
            Assert.False(_memory.WasApplied(operation));
            _memory.MakeRoomFor(operation);
            _memory.Remember(operation);
        }
    }
}
