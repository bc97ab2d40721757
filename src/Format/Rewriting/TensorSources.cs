using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Format.Rewriting;

/// <summary>Where sources come from.</summary>
public static class TensorSources
{
    /// <summary>The tensors of a checkpoint, in key order.</summary>
    public static ImmutableArray<TensorSource> Of(BundleReader reader) => [.. reader.Index.Tensors.Select(tensor => new BundleTensorSource(reader, tensor))];

    /// <summary>Refuses tensors of one name.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: all names that are there twice.</exception>
    public static void RequireDistinct(IEnumerable<TensorSource> tensors)
    {
        string[] twice = [.. tensors.GroupBy(tensor => tensor.Name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key)];
        if (twice.Length > 0)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"Several tensors would be called {NameList.Of(twice)}; give each a name of its own, or leave all but one out.");
        }
    }
}
