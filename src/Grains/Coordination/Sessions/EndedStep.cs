namespace Cairn.Grains.Coordination.Sessions;

/// <summary>How far a name has come: its newest step that ended, and the newest before the newest cut that it has crossed. Pure.</summary>
/// <param name="Newest">The newest step that ended.</param>
/// <param name="Cut">The cut that it was stamped with.</param>
/// <param name="BeforeCut">The newest step that ended with a stamp before that cut.</param>
internal sealed record EndedStep(StepMark Newest, long Cut, StepMark BeforeCut)
{
    /// <summary>The newest step, or -1.</summary>
    public long Step => Newest.Step;

    /// <summary>A name that has come so far in a state that was loaded, or that began with this coordinator: before every cut.</summary>
    public static EndedStep Begin(Guid incarnation, long step = -1) => new(new StepMark(step, incarnation), 0, new StepMark(-1, incarnation));

    /// <summary>Takes in a step that ended. An older one changes nothing.</summary>
    public EndedStep Then(StepMark step, long cut)
    {
        if (step.Step <= Step)
        {
            return this;
        }

        return cut > Cut ? new EndedStep(step, cut, Newest) : this with { Newest = step };
    }

    /// <summary>The newest step before a cut, no newer cut having been opened.</summary>
    public StepMark Before(long cut) => Cut < cut ? Newest : BeforeCut;
}
