using System.Collections.Immutable;

namespace Cairn.Contracts.Models;

/// <summary>What a client needs to work with a model: its definition and where its shards are.</summary>
/// <param name="Definition">The definition.</param>
/// <param name="Phase">What the live state is good for.</param>
/// <param name="Generation">The lineage of the live state.</param>
/// <param name="Epoch">The coordinator's epoch.</param>
/// <param name="Routes">A route for each shard, in the order of the definition's variables and their shard indexes.</param>
/// <param name="BasePrefix">The checkpoint that a rollback would go to, or null.</param>
/// <param name="Fault">Why the model is <see cref="ModelPhase.Unloaded"/>, or null.</param>
[GenerateSerializer, Immutable, Alias("cairn.ModelDescription")]
public sealed record ModelDescription(
    [property: Id(0)] ModelDefinition Definition,
    [property: Id(1)] ModelPhase Phase,
    [property: Id(2)] long Generation,
    [property: Id(3)] long Epoch,
    [property: Id(4)] ImmutableArray<ShardRoute> Routes,
    [property: Id(5)] string? BasePrefix,
    [property: Id(6)] string? Fault);
