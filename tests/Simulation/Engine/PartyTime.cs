namespace Cairn.Simulation.Engine;

/// <summary>The clock of one process: virtual time, whose timers wait while the process is stopped.</summary>
internal sealed class PartyTime(Pump pump, Party party) : TimeProvider
{
    /// <summary>When every story begins.</summary>
    public static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => pump.Now;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Begin.AddTicks(pump.Now);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        pump.IsHere(nameof(CreateTimer));
        Timer timer = new(pump, party, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(Pump pump, Party party, TimerCallback callback, object? state) : ITimer
    {
        private int _version;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _version++;
            _period = period;
            if (dueTime >= TimeSpan.Zero)
            {
                Arm(dueTime);
            }

            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Arm(TimeSpan due)
        {
            int version = _version;
            pump.After(due.Ticks, party, () => Ring(version));
        }

        private void Ring(int version)
        {
            if (version != _version)
            {
                return;
            }

            if (_period > TimeSpan.Zero)
            {
                Arm(_period);
            }

            callback(state);
        }
    }
}
