namespace Cairn.Format.Sidecars;

/// <summary>A step that was given up when some of its updates were done, and accepted as it was.</summary>
/// <param name="Session">The session.</param>
/// <param name="Incarnation">The incarnation of its process.</param>
/// <param name="Step">The step.</param>
public sealed record SidecarTornStep(string Session, Guid Incarnation, long Step);
