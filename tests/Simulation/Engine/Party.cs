namespace Cairn.Simulation.Engine;

/// <summary>A process of the story: everything that it does runs in this context, so that it can die or be stopped between any two of its turns.</summary>
internal sealed class Party : SynchronizationContext
{
    private readonly Pump _pump;
    private readonly Queue<Action> _missed = new();

    public Party(Pump pump, string name)
    {
        _pump = pump;
        Name = name;
        Hash = Chance.Of(name);
        Time = new PartyTime(pump, this);
    }

    /// <summary>Its name in the story.</summary>
    public string Name { get; }

    /// <summary>A hash of the name.</summary>
    public ulong Hash { get; }

    /// <summary>Its clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>How long it waits for the answer to a call; of silos, as long as Orleans does.</summary>
    public long CallTicks { get; init; } = 30 * TimeSpan.TicksPerSecond;

    /// <summary>Whether it is gone for good. Nothing of it runs any more, not even what a fault would clean up.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Whether it is stopped: what happens to it waits.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>How often it was stopped.</summary>
    public int Freezes { get; private set; }

    /// <summary>It is gone from now on.</summary>
    public void Die()
    {
        IsDead = true;
        _missed.Clear();
    }

    /// <summary>It is stopped from now on.</summary>
    public void Freeze()
    {
        IsFrozen = true;
        Freezes++;
    }

    /// <summary>It goes on, with everything that it has missed.</summary>
    public void Wake()
    {
        IsFrozen = false;
        while (!IsDead && !IsFrozen && _missed.TryDequeue(out Action? missed))
        {
            missed();
            _pump.Drain();
        }
    }

    /// <summary>Lets something happen to it that has no context of its own, such as an answer or a timer.</summary>
    public void Meet(Action act)
    {
        if (IsAwake(() => Bare(act)))
        {
            Bare(act);
        }
    }

    /// <summary>Whether it goes on now; what it misses while it is stopped is kept.</summary>
    public bool IsAwake(Action missed)
    {
        if (IsFrozen && !IsDead)
        {
            _missed.Enqueue(missed);
        }

        return !IsDead && !IsFrozen;
    }

    /// <summary>Begins something in its context, as a process does in a turn of its own.</summary>
    public void Start(Func<Task> work) => Run(static state => _ = ((Func<Task>)state!)(), work);

    /// <summary>Runs in its context.</summary>
    public void Run(SendOrPostCallback go, object? state)
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            go(state);
        }
        catch (Exception fault)
        {
            _pump.Fault(fault);
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Runs without a context: what waits with <c>ConfigureAwait(false)</c> goes on at once and on this thread.</summary>
    public static void Bare(Action act)
    {
        SynchronizationContext? before = Current;
        if (before is null)
        {
            act();
            return;
        }

        SetSynchronizationContext(null);
        try
        {
            act();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => _pump.Ready(this, d, state);

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing in a story waits for another thread.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
