namespace Cairn.Grains.Coordination.Sessions;

/// <summary>What a session that tore its steps has to wait for.</summary>
/// <param name="Tears">How many it tore.</param>
/// <param name="Left">How long it waits yet; null when it waits for a newer checkpoint instead.</param>
internal readonly record struct TearWait(int Tears, TimeSpan? Left);
