using Cairn.Contracts.Models;

namespace Cairn.Simulation.Checks;

/// <summary>A step as a trainer wrote it into its log.</summary>
internal sealed class LoggedStep(Guid incarnation, long step)
{
    /// <summary>Who took it.</summary>
    public Guid Incarnation => incarnation;

    /// <summary>Its number.</summary>
    public long Step => step;

    /// <summary>What it sent, in order.</summary>
    public List<LoggedUpdate> Updates { get; } = [];

    /// <summary>What it has read of the clocks: for each row of a shard, how many steps of that trainer it saw.</summary>
    public List<(ShardId Shard, long[] Clocks)> Reads { get; } = [];

    /// <summary>Whether its end was asked for: then it may have ended.</summary>
    public bool IsEndSent { get; set; }

    /// <summary>Whether its end was confirmed.</summary>
    public bool IsEnded { get; set; }
}
