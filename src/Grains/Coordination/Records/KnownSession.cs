namespace Cairn.Grains.Coordination.Records;

/// <summary>A session as it is remembered beyond its coordinator.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Incarnation">The newest incarnation of this name; all zeros where it is not known.</param>
/// <param name="LastEnded">The newest step of this name that had ended when it was opened, or when it ended; -1 for none.</param>
internal sealed record KnownSession(string Name, Guid Incarnation, long LastEnded);
