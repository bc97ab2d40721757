namespace Cairn.Chaos.Trainers;

/// <summary>After how long a call of the SDK hangs: what the SDK itself promises (docs/sdk.md), with room for a busy machine.</summary>
internal static class CallLimits
{
    /// <summary>A call that tries again for 60 s (RetryTimeout), its last try taking 30 s (CallTimeout); joining again first takes as long once more.</summary>
    public static TimeSpan Call { get; } = TimeSpan.FromSeconds(200);

    /// <summary>The saver's own deadline; past it a save fails, or is told as undecided a minute later.</summary>
    public static TimeSpan SaverTimeout { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Asking for a save and waiting for it: two calls and the deadlines above.</summary>
    public static TimeSpan Save { get; } = TimeSpan.FromSeconds(300);
}
