using System.Collections.Immutable;

namespace Cairn.Contracts.Models;

/// <summary>The named set of variables of one training job. Defining it again is a no-op if nothing differs.</summary>
/// <param name="Name">1 to 128 letters and digits of ASCII, <c>.</c>, <c>_</c>, <c>-</c>, the first a letter or a digit.</param>
/// <param name="Variables">The variables, each name once, in ascending order of their UTF-8 names.</param>
/// <param name="Policies">What happens to the model when something is lost.</param>
[GenerateSerializer, Immutable, Alias("cairn.ModelDefinition")]
public sealed record ModelDefinition(
    [property: Id(0)] string Name,
    [property: Id(1)] ImmutableArray<VariableDefinition> Variables,
    [property: Id(2)] ModelPolicies Policies = default);
