using System.Collections.Immutable;
using Cairn.Chaos.Logs;

namespace Cairn.Chaos.Verification;

/// <summary>One try at a step, as a trainer's log has it. A number is tried again when an earlier try was given up, or its process died.</summary>
/// <param name="Updates">Its updates, in order.</param>
/// <param name="HasEnded">Whether its end was acknowledged; if not, only the coordinator knows.</param>
internal sealed record StepTry(ImmutableArray<LoggedUpdate> Updates, bool HasEnded);
