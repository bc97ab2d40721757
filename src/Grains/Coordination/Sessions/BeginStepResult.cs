using Cairn.Contracts.Steps;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>The answer to BeginStep: the ledger after it, and the stamp, or null while new steps are held back.</summary>
internal readonly record struct BeginStepResult(SessionLedger Ledger, StepStamp? Stamp);
