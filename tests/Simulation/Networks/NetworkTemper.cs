using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Networks;

/// <summary>How a network behaves: what share of its messages is late, lost or repeated.</summary>
/// <param name="DelayTicks">The usual delay.</param>
/// <param name="LostShare">Share of requests or answers that are lost.</param>
/// <param name="RepeatedShare">Share of requests that arrive twice.</param>
/// <param name="LateShare">Share of requests or answers that are late.</param>
/// <param name="LateTicks">How late they may be.</param>
internal sealed record NetworkTemper(long DelayTicks, double LostShare, double RepeatedShare, double LateShare, long LateTicks)
{
    /// <summary>A network that only delays a little, and so puts messages out of order.</summary>
    public static NetworkTemper Calm { get; } = new(5 * TimeSpan.TicksPerMillisecond, 0, 0, 0, 0);

    /// <summary>The fate of a message that is known by <paramref name="hash"/>.</summary>
    public Fate Of(ulong hash)
    {
        long Delay(ulong salt)
        {
            ulong chance = Chance.Mix(hash, salt);
            long delay = (long)(Chance.Unit(chance) * DelayTicks) + 1;
            bool isLate = LateShare > 0 && Chance.Unit(Chance.Mix(chance, 1)) < LateShare;
            return isLate ? delay + (long)(Chance.Unit(Chance.Mix(chance, 2)) * LateTicks) : delay;
        }

        bool Is(ulong salt, double share) => share > 0 && Chance.Unit(Chance.Mix(hash, salt)) < share;
        return new Fate(Delay(11), Delay(12), Is(13, LostShare), Is(14, LostShare), Is(15, RepeatedShare) ? Delay(16) + (Delay(17) * 20) : null);
    }
}
