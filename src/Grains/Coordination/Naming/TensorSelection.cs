using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Naming;

/// <summary>Which live tensors a request means, and under which keys. Pure.</summary>
internal static class TensorSelection
{
    // A message of 20 lines is read; one of 2,000 is not.
    private const int FaultsShownMax = 20;

    /// <summary>Every variable and shadow under its own name, in key order.</summary>
    public static ImmutableArray<SelectedTensor> All(ModelDefinition definition) => InKeyOrder(
        definition.Variables.SelectMany(variable => variable.Average is null
            ? new[] { new SelectedTensor(variable.Name, variable, TensorPart.Value) }
            : [new SelectedTensor(variable.Name, variable, TensorPart.Value), new SelectedTensor(variable.ShadowName!, variable, TensorPart.Shadow)]));

    /// <summary>What a save writes, in key order. A key may be given once, and a tensor may have one key.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: all faults at once.</exception>
    public static ImmutableArray<SelectedTensor> ForSave(ModelDefinition definition, ImmutableArray<TensorBinding> bindings) =>
        Select(definition, bindings, "save", keysOnce: true);

    /// <summary>What a restore fills, in key order. A tensor may be given once; one key may fill several.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: all faults at once.</exception>
    public static ImmutableArray<SelectedTensor> ForRestore(ModelDefinition definition, ImmutableArray<TensorBinding> bindings) =>
        Select(definition, bindings, "restore", keysOnce: false);

    private static ImmutableArray<SelectedTensor> Select(ModelDefinition definition, ImmutableArray<TensorBinding> bindings, string deed, bool keysOnce)
    {
        if (bindings.IsDefaultOrEmpty)
        {
            return All(definition);
        }

        List<string> faults = [];
        List<SelectedTensor> selected = new(bindings.Length);
        Dictionary<string, VariableDefinition> variables = definition.Variables.ToDictionary(variable => variable.Name, StringComparer.Ordinal);
        foreach (TensorBinding binding in bindings)
        {
            if (Find(definition.Name, variables, binding, faults) is { } tensor)
            {
                selected.Add(tensor);
            }
        }

        if (keysOnce)
        {
            faults.AddRange(Repeated(selected.Select(tensor => tensor.Key)).Select(key => $"At least two variables have the same name: {key}"));
        }

        faults.AddRange(Repeated(selected.Select(tensor => tensor.LiveName)).Select(name => $"The same saveable will be restored with two names: {name}"));
        ThrowIfAny(faults, $"The {deed} of model '{definition.Name}' is refused");
        return InKeyOrder(selected);
    }

    private static SelectedTensor? Find(string model, Dictionary<string, VariableDefinition> variables, TensorBinding binding, List<string> faults)
    {
        if (string.IsNullOrEmpty(binding.Key))
        {
            faults.Add($"the key of '{binding.Variable}' is empty");
        }
        else if (!variables.TryGetValue(binding.Variable, out VariableDefinition? variable))
        {
            faults.Add($"model '{model}' has no variable '{binding.Variable}'{NearestNames.Hint(binding.Variable, variables.Keys)}");
        }
        else if (binding.Part == TensorPart.Shadow && variable.Average is null)
        {
            faults.Add($"no average is kept of '{binding.Variable}'");
        }
        else
        {
            return new SelectedTensor(binding.Key, variable, binding.Part);
        }

        return null;
    }

    private static void ThrowIfAny(List<string> faults, string subject)
    {
        if (faults.Count > 0)
        {
            string more = faults.Count > FaultsShownMax ? $"; and {faults.Count - FaultsShownMax} more" : "";
            throw new CheckpointException(CheckpointError.InvalidArgument, $"{subject}: {string.Join("; ", faults.Take(FaultsShownMax))}{more}.");
        }
    }

    private static IEnumerable<string> Repeated(IEnumerable<string> names) =>
        names.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key);

    private static ImmutableArray<SelectedTensor> InKeyOrder(IEnumerable<SelectedTensor> tensors) =>
        [.. tensors.OrderBy(tensor => tensor.Key, Utf8Order.Instance)];
}
