namespace Cairn.Chaos.Nemeses;

/// <summary>What the nemesis does.</summary>
internal enum FaultKind
{
    KillSilo,
    StopSilo,
    FreezeSiloShort,
    FreezeSiloLong,
    KillTrainer,
    StopTrainer,
    FreezeTrainerShort,
    FreezeTrainerLong,
    KillSiloAndTrainer,
}
