namespace Cairn.Format.Tests.Checkpoints;

/// <summary>A clock that is set forward by whoever waits: a wait of any length is over at once, and has taken its time. Each look at the hour takes a
/// second.</summary>
internal sealed class JumpingTime : TimeProvider
{
    private long _ticks = DateTimeOffset.UnixEpoch.AddYears(50).Ticks;

    /// <summary>Called with the time of each wait before it is over.</summary>
    public Action<TimeSpan>? Waiting { get; set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Interlocked.Add(ref _ticks, TimeSpan.TicksPerSecond), TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waiting?.Invoke(dueTime);
        Interlocked.Add(ref _ticks, dueTime.Ticks);
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new OverTimer();
    }

    private sealed class OverTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
