namespace Cairn.Chaos.Logs;

/// <summary>One update of a step.</summary>
/// <param name="Action">What it does.</param>
/// <param name="Variable">To which variable; empty for averages.</param>
/// <param name="Seed">What its values are made from (<see cref="Models.UpdateValues"/>); for averages that count, the count.</param>
internal sealed record LoggedUpdate(UpdateAction Action, string Variable, long Seed);
