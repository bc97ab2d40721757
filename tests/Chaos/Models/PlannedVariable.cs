namespace Cairn.Chaos.Models;

/// <summary>A variable of the chaos model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Owner">The index of the trainer that writes it, or -1 when all do.</param>
/// <param name="Elements">Its length; it has rank 1.</param>
/// <param name="Shards">Into how many shards it is cut.</param>
/// <param name="Initial">What each element begins as.</param>
internal sealed record PlannedVariable(string Name, PlannedKind Kind, int Owner, int Elements, int Shards, int Initial)
{
    /// <summary>The key of its moving average in a checkpoint.</summary>
    public string AverageName => $"{Name}/ExponentialMovingAverage";
}
