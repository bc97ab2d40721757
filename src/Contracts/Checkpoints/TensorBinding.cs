using Cairn.Contracts.Models;

namespace Cairn.Contracts.Checkpoints;

/// <summary>Pairs a key of a checkpoint with the live tensor that is saved under it, or restored from it.</summary>
/// <param name="Key">The name in the checkpoint.</param>
/// <param name="Variable">The variable's name in the model.</param>
/// <param name="Part">Its value or its shadow.</param>
[GenerateSerializer, Immutable, Alias("cairn.TensorBinding")]
public readonly record struct TensorBinding([property: Id(0)] string Key, [property: Id(1)] string Variable, [property: Id(2)] TensorPart Part);
