using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Coordination.Naming;

namespace Cairn.Grains.Coordination.Restoring;

/// <summary>Whether a checkpoint has what a restore asks for. Pure; all faults are said at once, in TensorFlow's words.</summary>
internal static class RestoreCheck
{
    private const int FaultsShownMax = 20;
    private const int KeysShownMax = 20;

    /// <summary>Refuses a restore whose keys are missing, or of another dtype or shape.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/> when keys are missing, else
    /// <see cref="CheckpointError.InvalidArgument"/>.</exception>
    public static void RequireFits(BundleIndex index, CheckpointPrefix prefix, ImmutableArray<SelectedTensor> tensors)
    {
        List<string> missing = [];
        List<string> mismatched = [];
        foreach (SelectedTensor tensor in tensors)
        {
            if (index.Find(tensor.Key) is not { } stored)
            {
                missing.Add($"Key {tensor.Key} not found in checkpoint{NearestNames.Hint(tensor.Key, index.Tensors.Select(other => other.Name))}");
            }
            else
            {
                mismatched.AddRange(Mismatches(tensor, stored));
            }
        }

        if (missing.Count + mismatched.Count > 0)
        {
            List<string> faults = [.. missing, .. mismatched];
            string more = faults.Count > FaultsShownMax ? $"\n... and {faults.Count - FaultsShownMax} more" : "";
            string keys = missing.Count > 0 ? $"\n{KeysThere(index)}" : "";
            throw new CheckpointException(
                missing.Count > 0 ? CheckpointError.NotFound : CheckpointError.InvalidArgument,
                $"Restoring from checkpoint '{prefix}' failed; nothing was changed:\n{string.Join('\n', faults.Take(FaultsShownMax))}{more}{keys}");
        }
    }

    private static IEnumerable<string> Mismatches(SelectedTensor tensor, BundleTensor stored)
    {
        if (tensor.Variable.DType != stored.DType)
        {
            yield return $"tensor_name = {tensor.Key}; expected dtype {tensor.Variable.DType.ShortName()} "
                + $"does not equal original dtype {stored.DType.ShortName()} (into '{tensor.LiveName}')";
        }

        if (!tensor.Variable.Shape.Equals(stored.Shape))
        {
            yield return "Assign requires shapes of both tensors to match. "
                + $"lhs shape= {tensor.Variable.Shape} rhs shape= {stored.Shape} ('{tensor.LiveName}' from key {tensor.Key})";
        }
    }

    private static string KeysThere(BundleIndex index)
    {
        IEnumerable<string> shown = index.Tensors.Take(KeysShownMax).Select(tensor => $"'{tensor.Name}'");
        string more = index.Tensors.Length > KeysShownMax ? $", and {index.Tensors.Length - KeysShownMax} more" : "";
        return $"The checkpoint has the keys {string.Join(", ", shown)}{more}. Map the names of the variables to these keys, or restore another checkpoint.";
    }
}
