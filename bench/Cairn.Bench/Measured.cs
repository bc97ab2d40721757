using System.Globalization;

namespace Cairn.Bench;

/// <summary>One row of the table: a number, its limit, and what it was made of.</summary>
internal sealed record Measured(string What, double Value, string Unit, double Limit, string How)
{
    /// <summary>Whether the limit holds.</summary>
    public bool IsWithin => Value <= Limit;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"| {What} | {(IsWithin ? "" : "**over:** ")}{Value:0.00}{Unit} | {Limit:0.##}{Unit} | {How} |");
}
