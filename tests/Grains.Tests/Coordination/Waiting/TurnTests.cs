using Cairn.Grains.Coordination.Waiting;

namespace Cairn.Grains.Tests.Coordination.Waiting;

public sealed class TurnTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Leave_PassesTheTurnOn_InTheOrderOfTheCalls()
    {
        using Turn turn = new();
        await turn.EnterAsync("first", default);
        Task second = turn.EnterAsync("second", default);
        Task third = turn.EnterAsync("third", default);
        Assert.Equal(("first", false, false), (turn.Holder, second.IsCompleted, third.IsCompleted));

        turn.Leave();
        await second.WaitAsync(Deadline);
        Assert.Equal(("second", false), (turn.Holder, third.IsCompleted));
        turn.Leave();
        await third.WaitAsync(Deadline);
        turn.Leave();
        Assert.Null(turn.Holder);
    }

    [Fact]
    public async Task Leave_WhereTheNextGaveUp_GoesOnToWhoeverStillWaits()
    {
        using Turn turn = new();
        using CancellationTokenSource impatience = new();
        await turn.EnterAsync("first", default);
        Task second = turn.EnterAsync("second", impatience.Token);
        Task third = turn.EnterAsync("third", default);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        turn.Leave();

        await third.WaitAsync(Deadline);
        Assert.Equal("third", turn.Holder);
    }

    [Fact]
    public async Task Dispose_RefusesThoseWhoWait_AndThoseWhoCome()
    {
        Turn turn = new();
        await turn.EnterAsync("first", default);
        Task second = turn.EnterAsync("second", default);

        turn.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => second.WaitAsync(Deadline));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => turn.EnterAsync("third", default));
        turn.Leave();
    }
}
