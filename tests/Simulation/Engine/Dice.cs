namespace Cairn.Simulation.Engine;

/// <summary>Draws what a story is made of, one number after another. Only used before the story begins.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = Chance.Mix(seed, 0xD1CE);

    /// <summary>The next number.</summary>
    public ulong Next() => _state = Chance.Mix(_state, 1);

    /// <summary>From 0, below <paramref name="limit"/>.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>From <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    public int Between(int from, int to) => from + Below(to - from + 1);

    /// <summary>True so many times in a hundred.</summary>
    public bool Percent(int percent) => Below(100) < percent;

    /// <summary>From 0 to 1, 1 excluded.</summary>
    public double Unit() => Chance.Unit(Next());

    /// <summary>One of several.</summary>
    public T Pick<T>(params ReadOnlySpan<T> options) => options[Below(options.Length)];
}
