namespace Cairn.Contracts.Models;

/// <summary>Which of the tensors that a shard holds: the variable itself or its moving average.</summary>
public enum TensorPart
{
    /// <summary>The variable's value.</summary>
    Value = 0,

    /// <summary>The exponential moving average of the value.</summary>
    Shadow = 1,
}
