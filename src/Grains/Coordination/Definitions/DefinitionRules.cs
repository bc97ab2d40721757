using System.Globalization;
using System.Text;
using Cairn.Contracts.Models;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Definitions;

/// <summary>What a model's definition must be. Pure.</summary>
internal static class DefinitionRules
{
    // A message of 20 lines is read; one of 2,000 is not.
    private const int FaultsShownMax = 20;

    /// <summary>Returns the definition with its variables in the order of their UTF-8 names.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/> if limits are all that is wrong, else
    /// <see cref="CheckpointError.InvalidArgument"/>; all faults at once.</exception>
    public static ModelDefinition Require(ModelDefinition definition, CoordinationOptions options)
    {
        ModelName.Check(definition.Name);
        DefinitionFaults faults = new();
        CheckModel(definition, options, faults);
        if (faults.IsEmpty)
        {
            CheckVariables(definition, options, faults);
        }

        faults.ThrowIfAny($"The definition of model '{definition.Name}' is refused", FaultsShownMax);
        return definition with { Variables = [.. definition.Variables.OrderBy(variable => variable.Name, Utf8Order.Instance)] };
    }

    /// <summary>What differs between a definition that stands and another one, a sentence for each; none if they are the same.</summary>
    public static IReadOnlyList<string> Differences(ModelDefinition standing, ModelDefinition wanted)
    {
        Dictionary<string, VariableDefinition> before = standing.Variables.ToDictionary(variable => variable.Name);
        Dictionary<string, VariableDefinition> after = wanted.Variables.ToDictionary(variable => variable.Name);
        return
        [
            .. PolicyDifferences(standing.Policies, wanted.Policies),
            .. before.Keys.Except(after.Keys).Select(name => $"'{name}' is missing"),
            .. after.Keys.Except(before.Keys).Select(name => $"'{name}' is new"),
            .. before.Where(pair => after.TryGetValue(pair.Key, out VariableDefinition? other) && !pair.Value.Equals(other))
                .Select(pair => $"'{pair.Key}' is {Describe(pair.Value)}, not {Describe(after[pair.Key])}"),
        ];
    }

    /// <summary>Refuses a definition that differs from the one that stands.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: the message lists the differences.</exception>
    public static void RequireSame(ModelDefinition standing, ModelDefinition wanted)
    {
        IReadOnlyList<string> differences = Differences(standing, wanted);
        if (differences.Count > 0)
        {
            string more = differences.Count > FaultsShownMax ? $"; and {differences.Count - FaultsShownMax} more" : "";
            throw new CheckpointException(
                CheckpointError.AlreadyExists,
                $"Model '{standing.Name}' is defined otherwise: {string.Join("; ", differences.Take(FaultsShownMax))}{more}. Define it the same, delete "
                    + "it first, or take another name.");
        }
    }

    private static IEnumerable<string> PolicyDifferences(ModelPolicies standing, ModelPolicies wanted)
    {
        if (standing.TornSteps != wanted.TornSteps)
        {
            yield return $"the policy of torn steps is {standing.TornSteps}, not {wanted.TornSteps}";
        }

        if (standing.Losses != wanted.Losses)
        {
            yield return $"the policy of losses is {standing.Losses}, not {wanted.Losses}";
        }
    }

    private static void CheckModel(ModelDefinition definition, CoordinationOptions options, DefinitionFaults faults)
    {
        if (!Enum.IsDefined(definition.Policies.TornSteps) || !Enum.IsDefined(definition.Policies.Losses))
        {
            faults.Wrong($"its policies are {definition.Policies.TornSteps} and {definition.Policies.Losses}, which do not exist");
        }

        if (definition.Variables.IsDefaultOrEmpty)
        {
            faults.Wrong("it has no variables");
            return;
        }

        if (definition.Variables.Length > options.VariablesMax)
        {
            faults.OverLimit($"it has {definition.Variables.Length} variables; the option VariablesMax allows {options.VariablesMax}");
        }

        long shards = definition.Variables.Sum(variable => Math.Max(0L, variable.ShardCount));
        if (shards > options.ShardsMax)
        {
            faults.OverLimit($"its variables have {shards} shards; the option ShardsMax allows {options.ShardsMax}");
        }
    }

    private static void CheckVariables(ModelDefinition definition, CoordinationOptions options, DefinitionFaults faults)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (VariableDefinition variable in definition.Variables)
        {
            if (!names.Add(variable.Name))
            {
                faults.Wrong($"At least two variables have the same name: {variable.Name}");
            }

            CheckName(variable.Name, options, faults);
            CheckTensor(variable, options, faults);
        }

        foreach (VariableDefinition variable in definition.Variables.Where(variable => variable.Average is not null))
        {
            CheckAverage(variable, variable.Average!, faults);
            if (!names.Add(variable.ShadowName!))
            {
                faults.Wrong($"the average of '{variable.Name}' would be called '{variable.ShadowName}', which is a variable or another average");
            }
        }
    }

    private static void CheckName(string name, CoordinationOptions options, DefinitionFaults faults)
    {
        if (name.Length == 0 || name.Any(letter => char.IsControl(letter)) || name.EnumerateRunes().Contains(Rune.ReplacementChar))
        {
            faults.Wrong($"'{name}' is no name of a variable: it is empty, or has a control character or half a surrogate pair");
        }
        else if (Encoding.UTF8.GetByteCount(name) > options.NameBytesMax)
        {
            faults.OverLimit(
                $"the name '{name[..Math.Min(name.Length, 40)]}...' takes {Encoding.UTF8.GetByteCount(name)} bytes; the option NameBytesMax allows "
                    + $"{options.NameBytesMax}");
        }
        else if (name.EndsWith(":0", StringComparison.Ordinal))
        {
            faults.Wrong($"'{name}' names a tensor; give the variable's name, '{name[..^2]}'");
        }
    }

    private static void CheckTensor(VariableDefinition variable, CoordinationOptions options, DefinitionFaults faults)
    {
        string name = variable.Name;
        if (!variable.DType.IsFixedSize())
        {
            faults.Wrong(
                $"'{name}' has dtype {variable.DType.ShortName()}: a live variable has elements of fixed size; strings and variants are left to `cairn copy`");
            return;
        }

        if (variable.InitialElement is { } element && element.Length != variable.DType.ElementBytes())
        {
            faults.Wrong($"the initial element of '{name}' has {element.Length} bytes; one {variable.DType.ShortName()} has {variable.DType.ElementBytes()}");
        }

        long rows = variable.Shape.Rank == 0 ? 1 : variable.Shape[0];
        long countMax = variable.Shape.ElementCount == 0 ? 1 : rows;
        if (variable.ShardCount < 1 || variable.ShardCount > countMax)
        {
            faults.Wrong(
                string.Create(
                    CultureInfo.InvariantCulture, $"'{name}' of shape {variable.Shape} cannot be cut into {variable.ShardCount} shards: give 1 to {countMax}"));
            return;
        }

        CheckShardBytes(variable, rows, options.ShardBytesMax, faults);
    }

    private static void CheckShardBytes(VariableDefinition variable, long rows, long bytesMax, DefinitionFaults faults)
    {
        Int128 rowBytes = variable.Shape.Dimensions.Skip(1).Aggregate((Int128)variable.DType.ElementBytes(), (bytes, dimension) => bytes * dimension);
        Int128 shardRows = (rows + variable.ShardCount - 1) / variable.ShardCount;
        if (rows > 0 && rowBytes > bytesMax)
        {
            faults.OverLimit(
                $"one row of '{variable.Name}' has {rowBytes} bytes, which no number of shards makes smaller; the option ShardBytesMax allows {bytesMax}");
        }
        else if (rowBytes * shardRows > bytesMax)
        {
            long rowsMax = bytesMax / (long)rowBytes;
            faults.OverLimit(
                $"a shard of '{variable.Name}' would have {rowBytes * shardRows} bytes; the option ShardBytesMax allows {bytesMax}: give at least "
                    + $"{(rows + rowsMax - 1) / rowsMax} shards");
        }
    }

    private static void CheckAverage(VariableDefinition variable, AverageDefinition average, DefinitionFaults faults)
    {
        if (variable.DType is not (TensorDType.Half or TensorDType.BFloat16 or TensorDType.Float or TensorDType.Double))
        {
            faults.Wrong($"The variables must be half, bfloat16, float, or double to be averaged: {variable.Name} is {variable.DType.ShortName()}");
        }

        if (average.Name.Length == 0 || average.Name.Any(char.IsControl))
        {
            faults.Wrong($"the average of '{variable.Name}' needs a name, such as {AverageDefinition.DefaultName}");
        }

        if (!(average.Decay is >= 0 and <= 1))
        {
            faults.Wrong(
                string.Create(CultureInfo.InvariantCulture, $"the decay of the average of '{variable.Name}' is {average.Decay}: give a number from 0 to 1"));
        }
    }

    private static string Describe(VariableDefinition variable)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{variable.DType.ShortName()}{variable.Shape} in {variable.ShardCount} shards");
        text.Append(variable.Trainable ? "" : ", not trainable");
        text.Append(variable.InitialElement is { } element ? $", initial element {Convert.ToHexString(element)}" : "");
        return variable.Average is { } average
            ? text.Append(CultureInfo.InvariantCulture, $", average {average.Name} of decay {average.Decay}").ToString()
            : text.ToString();
    }
}
