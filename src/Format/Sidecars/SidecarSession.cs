namespace Cairn.Format.Sidecars;

/// <summary>How far a session had come at the cut.</summary>
/// <param name="Name">The session.</param>
/// <param name="Incarnation">The incarnation of its process.</param>
/// <param name="Step">Its newest step that is in the checkpoint; -1 before the first.</param>
public sealed record SidecarSession(string Name, Guid Incarnation, long Step);
