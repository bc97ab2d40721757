namespace Cairn.Simulation.Jobs;

/// <summary>How a trainer behaves.</summary>
internal sealed record TrainerHabits
{
    /// <summary>How many steps it takes.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>How long it thinks between two messages.</summary>
    public long ThinkTicks { get; init; } = 200 * TimeSpan.TicksPerMillisecond;

    /// <summary>Share of steps that it gives up in the middle.</summary>
    public double TearShare { get; init; }

    /// <summary>How many steps it gives up at most.</summary>
    public int TearsMax { get; init; } = 3;

    /// <summary>Share of steps that read before they write.</summary>
    public double ReadShare { get; init; }

    /// <summary>Share of steps that send nothing.</summary>
    public double EmptyShare { get; init; }

    /// <summary>The step in which it hangs, though its lease is renewed, or -1.</summary>
    public int HangsInStep { get; init; } = -1;

    /// <summary>For how long.</summary>
    public long HangTicks { get; init; }

    /// <summary>Whether it leaves when it has taken its steps, or stays until the end.</summary>
    public bool Leaves { get; init; }

    /// <summary>Whether it closes its session when it leaves, or just goes.</summary>
    public bool Closes { get; init; } = true;
}
