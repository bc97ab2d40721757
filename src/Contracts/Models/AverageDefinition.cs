namespace Cairn.Contracts.Models;

/// <summary>The exponential moving average that is kept of a variable, as <c>tf.train.ExponentialMovingAverage</c> keeps it.</summary>
/// <param name="Name">What is appended to the variable's name, after a slash: <c>ExponentialMovingAverage</c> by default.</param>
/// <param name="Decay">From 0 to 1; 0.999 weighs about the last thousand updates.</param>
[GenerateSerializer, Immutable, Alias("cairn.AverageDefinition")]
public sealed record AverageDefinition([property: Id(0)] string Name, [property: Id(1)] float Decay)
{
    /// <summary>TensorFlow's default name of an average.</summary>
    public const string DefaultName = "ExponentialMovingAverage";
}
