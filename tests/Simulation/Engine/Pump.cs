namespace Cairn.Simulation.Engine;

/// <summary>The one thread of a story and its virtual clock: takes what is to happen next, lets it happen, and all that goes on at once because of it.</summary>
internal sealed class Pump
{
    private readonly PriorityQueue<(Party? Party, Action Act), (long At, ulong Tie)> _queue = new();
    private readonly Queue<(Party Party, SendOrPostCallback Go, object? State)> _ready = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private ulong _ties;

    /// <summary>Virtual time since the story began, in ticks of 100 ns.</summary>
    public long Now { get; private set; }

    /// <summary>How many things have happened.</summary>
    public long Happened { get; private set; }

    /// <summary>What ran on another thread, so that the story depended on more than its seed; null when nothing did.</summary>
    public string? Strayed { get; private set; }

    /// <summary>A fault that nobody has caught, or null.</summary>
    public Exception? Uncaught { get; private set; }

    /// <summary>Lets something happen later, without a context: to <paramref name="party"/>, as long as it lives and is awake, or to the world.</summary>
    public void After(long ticks, Party? party, Action act) => _queue.Enqueue((party, act), (Now + Math.Max(ticks, 0), _ties++));

    /// <summary>Takes in what a party goes on with.</summary>
    public void Ready(Party party, SendOrPostCallback go, object? state)
    {
        if (IsHere(nameof(Ready)))
        {
            _ready.Enqueue((party, go, state));
        }
    }

    /// <summary>Whether the caller runs on the story's thread; if not, the story is no longer a story.</summary>
    public bool IsHere(string where)
    {
        if (Environment.CurrentManagedThreadId == _thread)
        {
            return true;
        }

        Strayed ??= $"{where} was called on another thread:\n{Environment.StackTrace}";
        return false;
    }

    /// <summary>Lets the next thing happen. False when there is none, or none before <paramref name="until"/>.</summary>
    public bool Step(long until)
    {
        if (!_queue.TryPeek(out _, out (long At, ulong Tie) when) || when.At > until)
        {
            Now = Math.Max(Now, until);
            return false;
        }

        (Party? party, Action act) = _queue.Dequeue();
        Now = when.At;
        Happened++;
        if (party is null)
        {
            act();
        }
        else
        {
            party.Meet(act);
        }

        Drain();
        return true;
    }

    /// <summary>Lets everything go on that can go on at once.</summary>
    public void Drain()
    {
        while (_ready.TryDequeue(out (Party Party, SendOrPostCallback Go, object? State) next))
        {
            if (next.Party.IsAwake(() => next.Party.Run(next.Go, next.State)))
            {
                next.Party.Run(next.Go, next.State);
            }
        }
    }

    /// <summary>Takes in a fault that nobody has caught.</summary>
    public void Fault(Exception fault) => Uncaught ??= fault;
}
