namespace Cairn.Simulation.Stories;

/// <summary>When something is done to a story.</summary>
internal enum Moment
{
    /// <summary>At a time.</summary>
    Time,

    /// <summary>When a request of a kind arrives, the n-th time.</summary>
    Message,

    /// <summary>When a request of a kind was served, before its answer leaves.</summary>
    Answer,

    /// <summary>Right before a change of the store whose name has a certain part takes effect, the n-th time.</summary>
    BeforeEffect,

    /// <summary>Right after it.</summary>
    AfterEffect,
}
