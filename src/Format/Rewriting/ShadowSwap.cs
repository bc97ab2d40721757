using System.Collections.Immutable;
using Cairn.Format.Errors;

namespace Cairn.Format.Rewriting;

/// <summary>Puts moving averages in the place of their variables, for evaluation and serving. Pure.</summary>
public static class ShadowSwap
{
    /// <summary>The name of averages that TensorFlow gives when nobody chooses another.</summary>
    public const string NameDefault = "ExponentialMovingAverage";

    /// <summary>Every <c>v/NAME</c> becomes <c>v</c>; what was <c>v</c> becomes <c>v/NAME</c>, or is left out. All other tensors stay.</summary>
    /// <param name="tensors">All tensors of the checkpoint.</param>
    /// <param name="name">The name of the averages, the last part of the shadows' names.</param>
    /// <param name="keepsVariables">The variables' own values go under the shadows' names, so that swapping again gives the first checkpoint.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: there is no shadow, or one has another type or shape than its
    /// variable.</exception>
    public static ImmutableArray<TensorSource> Apply(IReadOnlyCollection<TensorSource> tensors, string name, bool keepsVariables)
    {
        string suffix = "/" + name;
        Dictionary<string, TensorSource> byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        Dictionary<string, TensorSource> shadows = tensors
            .Where(tensor => tensor.Name.EndsWith(suffix, StringComparison.Ordinal) && tensor.Name.Length > suffix.Length)
            .ToDictionary(tensor => tensor.Name[..^suffix.Length], StringComparer.Ordinal);
        if (shadows.Count == 0)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"No tensor's name ends in '{suffix}': the checkpoint holds no averages of this name.");
        }

        ImmutableArray<TensorSource>.Builder swapped = ImmutableArray.CreateBuilder<TensorSource>(tensors.Count);
        foreach ((string variable, TensorSource shadow) in shadows)
        {
            swapped.Add(shadow.Renamed(variable));
            if (!byName.TryGetValue(variable, out TensorSource? own))
            {
                continue;
            }

            if (own.DType != shadow.DType || !own.Shape.Equals(shadow.Shape))
            {
                throw new CheckpointException(CheckpointError.InvalidArgument, $"'{shadow}' is no average of '{own}': they differ in type or shape.");
            }

            if (keepsVariables)
            {
                swapped.Add(own.Renamed(shadow.Name));
            }
        }

        swapped.AddRange(tensors.Where(tensor => !shadows.ContainsKey(tensor.Name) && !shadows.ContainsValue(tensor)));
        return swapped.ToImmutable();
    }
}
