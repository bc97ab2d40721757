using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Stores;

/// <summary>How a store behaves: how slow it is, and what share of its operations fails.</summary>
/// <param name="DelayTicks">The usual delay.</param>
/// <param name="FailsBeforeShare">Share of operations that fail without an effect.</param>
/// <param name="FailsAfterShare">Share of changes whose answer is lost.</param>
/// <param name="LateShare">Share of operations that are late.</param>
/// <param name="LateTicks">How late they may be.</param>
internal sealed record StoreTemper(long DelayTicks, double FailsBeforeShare, double FailsAfterShare, double LateShare, long LateTicks)
{
    /// <summary>A store that does what it is asked.</summary>
    public static StoreTemper Calm { get; } = new(10 * TimeSpan.TicksPerMillisecond, 0, 0, 0, 0);

    /// <summary>The fate of an operation that is known by <paramref name="hash"/>.</summary>
    public StoreFate Of(ulong hash, StoreEffect effect)
    {
        long delay = (long)(Chance.Unit(Chance.Mix(hash, 21)) * DelayTicks) + 1;
        if (LateShare > 0 && Chance.Unit(Chance.Mix(hash, 22)) < LateShare)
        {
            delay += (long)(Chance.Unit(Chance.Mix(hash, 23)) * LateTicks);
        }

        bool failsBefore = FailsBeforeShare > 0 && Chance.Unit(Chance.Mix(hash, 24)) < FailsBeforeShare;
        bool failsAfter = FailsAfterShare > 0 && effect != StoreEffect.Read && Chance.Unit(Chance.Mix(hash, 25)) < FailsAfterShare;
        return new StoreFate(delay, (long)(Chance.Unit(Chance.Mix(hash, 26)) * DelayTicks) + 1, failsBefore, failsAfter);
    }
}
