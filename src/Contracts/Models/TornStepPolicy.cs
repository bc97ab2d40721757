namespace Cairn.Contracts.Models;

/// <summary>What happens when a step is given up after some of its updates were done.</summary>
public enum TornStepPolicy
{
    /// <summary>The model is rolled back to its last checkpoint, as a new generation: nothing of the step is left.</summary>
    Rollback = 0,

    /// <summary>What was done stays. The step is named in every later checkpoint of the lineage.</summary>
    Accept = 1,
}
