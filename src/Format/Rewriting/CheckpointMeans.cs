using System.Collections.Immutable;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>The mean of several checkpoints of one model, which often serves better than the last of them.</summary>
public static class CheckpointMeans
{
    /// <summary>The means of floating-point and complex tensors; of all others (steps, strings) what the last checkpoint holds.</summary>
    /// <param name="checkpoints">One or more, each with its name for messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: they do not hold tensors of the same names, types and shapes; all
    /// that differs is named.</exception>
    public static ImmutableArray<TensorSource> Of(IReadOnlyList<(string Label, ImmutableArray<TensorSource> Tensors)> checkpoints)
    {
        (string firstLabel, ImmutableArray<TensorSource> first) = checkpoints[0];
        List<Dictionary<string, TensorSource>> others = [];
        foreach ((string label, ImmutableArray<TensorSource> tensors) in checkpoints.Skip(1))
        {
            Dictionary<string, TensorSource> byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
            CheckAlike(firstLabel, first, label, byName);
            others.Add(byName);
        }

        return [.. first.Select(tensor => MeanOf([tensor, .. others.Select(other => other[tensor.Name])]))];
    }

    private static TensorSource MeanOf(IReadOnlyList<TensorSource> tensors) =>
        TensorNumbers.IsFloating(tensors[0].DType) && tensors.Count > 1 ? new MeanTensor(tensors) : tensors[^1];

    private static void CheckAlike(string firstLabel, ImmutableArray<TensorSource> first, string label, Dictionary<string, TensorSource> others)
    {
        HashSet<string> names = [.. first.Select(tensor => tensor.Name)];
        string[] missing = [.. names.Where(name => !others.ContainsKey(name))];
        string[] added = [.. others.Keys.Where(name => !names.Contains(name))];
        string[] changed = [.. first
            .Where(tensor => others.TryGetValue(tensor.Name, out TensorSource? other) && (other.DType != tensor.DType || !other.Shape.Equals(tensor.Shape)))
            .Select(tensor => tensor.Name)];
        List<string> faults = [];
        Note(missing, $"are not in '{label}'");
        Note(added, $"are not in '{firstLabel}'");
        Note(changed, "have another type or shape");
        if (faults.Count > 0)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"'{firstLabel}' and '{label}' are no checkpoints of one model: {string.Join("; ", faults)}. Leave these tensors out, or copy them to the same names.");
        }

        void Note(string[] names, string what)
        {
            if (names.Length > 0)
            {
                faults.Add($"{NameList.Of(names)} {what}");
            }
        }
    }
}
