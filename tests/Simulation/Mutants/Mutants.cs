namespace Cairn.Simulation.Mutants;

/// <summary>The faults that are planted.</summary>
internal static class Mutants
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Mutant> All { get; } =
    [
        new(
            "a shard does not look at the epoch of an update",
            "R12",
            "Variables/Shards/ShardGate.cs",
            "        RequireEpoch(update.Stamp.Epoch);\n",
            "\n"),
        new(
            "a shard forgets which operations it has applied",
            "R2, I6",
            "Variables/Shards/SessionMemory.cs",
            "session.Ordinals.Add(operation.Ordinal);",
            ";"),
    ];
}
