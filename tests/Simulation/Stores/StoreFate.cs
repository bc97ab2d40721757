namespace Cairn.Simulation.Stores;

/// <summary>What becomes of one operation on the store.</summary>
/// <param name="EffectTicks">When it takes effect.</param>
/// <param name="AnswerTicks">How long its answer travels after that.</param>
/// <param name="FailsBefore">It fails, and has no effect.</param>
/// <param name="FailsAfter">It has its effect, and the caller hears that it failed.</param>
internal readonly record struct StoreFate(long EffectTicks, long AnswerTicks, bool FailsBefore, bool FailsAfter);
