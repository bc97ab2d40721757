namespace Cairn.Grains.Coordination.Sessions;

/// <summary>What a process says of itself when it opens a session or renews its lease.</summary>
/// <param name="Name">The session's name.</param>
/// <param name="Incarnation">Drawn by the process.</param>
/// <param name="OpenStep">The step that it has open, or null.</param>
/// <param name="Generation">The generation that it works in, or null when it works in none yet.</param>
/// <param name="IsQuiet">Whether its name is never opened again, so that nothing of it outlives it.</param>
internal readonly record struct SessionOpening(string Name, Guid Incarnation, long? OpenStep = null, long? Generation = null, bool IsQuiet = false);
