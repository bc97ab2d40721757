namespace Cairn.Testing.Faults;

/// <summary>The process is dead: what throws this would never have run. Nothing but the test itself catches it.</summary>
public sealed class StoreDiedException(string operation) : Exception($"The process died at {operation}.");
