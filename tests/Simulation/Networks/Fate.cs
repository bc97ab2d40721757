namespace Cairn.Simulation.Networks;

/// <summary>What becomes of one request.</summary>
/// <param name="RequestTicks">How long it travels.</param>
/// <param name="AnswerTicks">How long its answer travels.</param>
/// <param name="IsRequestLost">It never arrives.</param>
/// <param name="IsAnswerLost">Its answer never arrives.</param>
/// <param name="AgainTicks">It arrives once more so much later, and nobody waits for that answer; or null.</param>
internal readonly record struct Fate(long RequestTicks, long AnswerTicks, bool IsRequestLost, bool IsAnswerLost, long? AgainTicks);
