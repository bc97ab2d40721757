using Cairn.Contracts.Models;
using Cairn.Format.Tensors;

namespace Cairn.Grains.Tests.Variables;

internal static class Definitions
{
    public static VariableDefinition Floats(string name = "v", bool hasAverage = false, float decay = 0.99f, params long[] shape) => new(
        name,
        TensorDType.Float,
        shape.Length == 0 ? new TensorShape(4) : new TensorShape(shape),
        1,
        true,
        [0, 0, 0, 0],
        hasAverage ? new AverageDefinition(AverageDefinition.DefaultName, decay) : null);
}
