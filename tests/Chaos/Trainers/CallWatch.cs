namespace Cairn.Chaos.Trainers;

/// <summary>Watches that every call returns within its deadline, from a thread of its own, so that it sees a process that is stuck as a whole. Time in which
/// the process is frozen does not count.</summary>
internal sealed class CallWatch : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan TickMax = TimeSpan.FromSeconds(2); // A longer one means that the process, or the machine, stood still.

    private readonly Lock _lock = new();
    private readonly List<WatchedCall> _calls = [];
    private readonly Action<string> _onOverdue;
    private readonly Thread _thread;
    private TimeSpan _awake;
    private volatile bool _isOver;

    /// <param name="onOverdue">Told which call has not returned, and after how long; at most once for each.</param>
    public CallWatch(Action<string> onOverdue)
    {
        _onOverdue = onOverdue;
        _thread = new Thread(Watch) { IsBackground = true, Name = "call watch" };
        _thread.Start();
    }

    /// <summary>Begins a call. Disposing the result ends it.</summary>
    public IDisposable Begin(string call, TimeSpan limit)
    {
        lock (_lock)
        {
            var watched = new WatchedCall(this, call, _awake, limit);
            _calls.Add(watched);
            return watched;
        }
    }

    /// <summary>Runs a call under the watch.</summary>
    public async Task<T> RunAsync<T>(string call, TimeSpan limit, Func<Task<T>> run)
    {
        using IDisposable watched = Begin(call, limit);
        return await run();
    }

    /// <summary>Runs a call under the watch.</summary>
    public async Task RunAsync(string call, TimeSpan limit, Func<Task> run)
    {
        using IDisposable watched = Begin(call, limit);
        await run();
    }

    public void Dispose() => _isOver = true;

    private void Watch()
    {
        long last = TimeProvider.System.GetTimestamp();
        while (!_isOver)
        {
            Thread.Sleep(Tick);
            TimeSpan tick = TimeProvider.System.GetElapsedTime(last);
            last = TimeProvider.System.GetTimestamp();
            foreach (WatchedCall call in Pass(tick < TickMax ? tick : TickMax))
            {
                _onOverdue($"{call.Name} has not returned after {call.Limit.TotalSeconds:0} s");
            }
        }
    }

    private WatchedCall[] Pass(TimeSpan tick)
    {
        lock (_lock)
        {
            _awake += tick;
            WatchedCall[] overdue = [.. _calls.Where(call => _awake - call.Begin > call.Limit)];
            _calls.RemoveAll(call => overdue.Contains(call));
            return overdue;
        }
    }

    private sealed record WatchedCall(CallWatch Watch, string Name, TimeSpan Begin, TimeSpan Limit) : IDisposable
    {
        public void Dispose()
        {
            lock (Watch._lock)
            {
                Watch._calls.RemoveAll(call => ReferenceEquals(call, this));
            }
        }
    }
}
