using Cairn.Contracts.Models;

namespace Cairn.Client;

/// <summary>What a process says of a variable before the model is defined. Shared by the variable and its shadow.</summary>
internal sealed class VariableDeclaration(VariableDefinition definition, ByteSlices? initialValue)
{
    /// <summary>The definition; the moving average is added to it by <see cref="ExponentialMovingAverage.Apply"/>.</summary>
    public VariableDefinition Definition { get; set; } = definition;

    /// <summary>The whole initial value, or null when every element begins as the definition says.</summary>
    public ByteSlices? InitialValue { get; } = initialValue;
}
