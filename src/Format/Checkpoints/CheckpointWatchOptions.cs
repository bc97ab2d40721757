namespace Cairn.Format.Checkpoints;

/// <summary>How new checkpoints of a folder are waited for; the defaults are those of <c>tf.train.checkpoints_iterator</c>.</summary>
public sealed record CheckpointWatchOptions
{
    /// <summary>The name of the state file.</summary>
    public string LatestFileName { get; init; } = CheckpointState.FileNameDefault;

    /// <summary>The time between two looks at the state file. Default 1 s; at least 1 ms.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>At least so much time lies between two checkpoints that are handed out; those that come between are passed over. Default 0.</summary>
    public TimeSpan MinInterval { get; init; }

    /// <summary>How long to wait for a new checkpoint; null for ever. Default null.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Asked when the time is over: true ends the watch, false waits once more. Without it the watch ends.</summary>
    public Func<bool>? EndsAfterTimeout { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
