namespace Cairn.Contracts.Models;

/// <summary>What the cluster does with a model by itself when something is lost. Part of the definition.</summary>
/// <param name="TornSteps">What happens when a step is given up half done.</param>
/// <param name="Losses">What happens when shards are lost. A torn step is no loss.</param>
[GenerateSerializer, Immutable, Alias("cairn.ModelPolicies")]
public readonly record struct ModelPolicies(
    [property: Id(0)] TornStepPolicy TornSteps = TornStepPolicy.Rollback,
    [property: Id(1)] LossPolicy Losses = LossPolicy.Rollback);
