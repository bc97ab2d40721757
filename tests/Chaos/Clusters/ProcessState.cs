namespace Cairn.Chaos.Clusters;

/// <summary>How a process of the run stands.</summary>
internal enum ProcessState
{
    /// <summary>It is starting.</summary>
    Starting,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is frozen (SIGSTOP).</summary>
    Frozen,

    /// <summary>It was asked to stop and has not ended yet.</summary>
    Stopping,

    /// <summary>It has ended.</summary>
    Ended,
}
