namespace Cairn.Format.Checkpoints;

/// <summary>Whether a manager saves at a step, by the rules of <c>tf.train.CheckpointManager</c> with a step counter. Pure.</summary>
/// <param name="Steps">At least so many steps lie between two saves.</param>
/// <param name="LastStep">The step of the last save, or of the checkpoint that was restored; null before the first.</param>
public readonly record struct SaveInterval(long Steps, long? LastStep = null)
{
    /// <summary>Whether to save at <paramref name="step"/>: never twice at one step, and not before the interval is over.</summary>
    /// <param name="step">The step that has been reached.</param>
    /// <param name="checksInterval">False saves at any new step (<c>check_interval=False</c>).</param>
    public bool IsDue(long step, bool checksInterval = true) => LastStep is not { } last || (step != last && (!checksInterval || step >= last + Steps));

    /// <summary>The rule after a save, or a restore, at <paramref name="step"/>.</summary>
    public SaveInterval After(long step) => this with { LastStep = step };
}
