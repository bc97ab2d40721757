namespace Cairn.Chaos.Logs;

/// <summary>What a line of a trainer's log is about.</summary>
internal enum TrainerDeed
{
    /// <summary>A process of the trainer begins.</summary>
    Start,

    /// <summary>Its session joined a generation, and was told which step of its name ended last.</summary>
    Join,

    /// <summary>A step has begun and its updates are about to be sent.</summary>
    Step,

    /// <summary>The end of the step was acknowledged.</summary>
    Ended,

    /// <summary>The step was given up.</summary>
    GivenUp,

    /// <summary>A call failed outside of a step's updates.</summary>
    Failed,

    /// <summary>A save is about to be asked for.</summary>
    Save,

    /// <summary>The save was acknowledged as committed.</summary>
    Saved,

    /// <summary>The save failed, or its outcome could not be learned.</summary>
    NotSaved,

    /// <summary>A call has not returned within its deadline; the process ends itself.</summary>
    Hung,

    /// <summary>The process was asked to stop and ends.</summary>
    Stop,
}
