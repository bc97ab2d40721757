namespace Cairn.Grains.Coordination.Records;

/// <summary>How far an attempt is. A phase only moves forward.</summary>
internal enum AttemptPhase
{
    /// <summary>Files are being written; a successor aborts it.</summary>
    Writing,

    /// <summary>A plain attempt that will be: a successor finishes it.</summary>
    Committing,

    /// <summary>A replacing attempt that will be: a successor finishes it.</summary>
    Replacing,
}
