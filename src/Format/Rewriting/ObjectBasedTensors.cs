using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.ObjectGraphs;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>A checkpoint of names made object-based, for <c>tf.train.Checkpoint</c>, and the way back, for <c>tf.train.Saver</c>.</summary>
/// <example><code>
/// BundleReader reader = await BundleReader.OpenAsync(store, new CheckpointPrefix("model.ckpt-1000"), cancellationToken);
/// ImmutableArray&lt;TensorSource&gt; tensors = ObjectBasedTensors.FromNames(TensorSources.Of(reader));
/// await BundleRewriter.WriteAsync(tensors, new BundleLocation(store, new CheckpointPrefix("ckpt-1")), options: null, cancellationToken);
/// </code></example>
public static class ObjectBasedTensors
{
    /// <summary>Every tensor as the value of a variable whose path is its name (<see cref="ObjectGraphBuilder"/>), in one piece; then the save counter, unless
    /// one is among them, and the object graph.</summary>
    /// <param name="tensors">The tensors, under their names.</param>
    /// <param name="saveCount">What <c>save_counter</c> shall be: the number of the checkpoint.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the tensors are of an object-based checkpoint, or a name cannot be
    /// a path.</exception>
    public static ImmutableArray<TensorSource> FromNames(IEnumerable<TensorSource> tensors, long saveCount = 1)
    {
        var graph = new ObjectGraphBuilder();
        ImmutableArray<TensorSource>.Builder objects = ImmutableArray.CreateBuilder<TensorSource>();
        bool hasCounter = false;
        foreach (TensorSource tensor in tensors)
        {
            if (tensor.Name == ObjectGraph.Key)
            {
                throw new CheckpointException(
                    CheckpointError.InvalidArgument, $"The checkpoint is object-based already (it has {ObjectGraph.Key}); copy it as it is.");
            }

            objects.Add(new WholeTensor(tensor, graph.AddVariable(tensor.Name)));
            hasCounter |= tensor.Name == ObjectGraphBuilder.SaveCounter;
        }

        if (!hasCounter)
        {
            objects.Add(new ValueTensor(graph.AddVariable(ObjectGraphBuilder.SaveCounter), TensorValue.Of(TensorShape.Scalar, saveCount)));
        }

        objects.Add(new ValueTensor(ObjectGraph.Key, graph.Build().ToTensor()));
        return objects.ToImmutable();
    }

    /// <summary>The variables of an object-based checkpoint under their names in TensorFlow 1 terms. What has no such name (the graph itself, configurations)
    /// is left out, and so is a variable that was never saved.</summary>
    /// <param name="reader">The checkpoint.</param>
    /// <param name="graph">Its object graph.</param>
    public static ImmutableArray<TensorSource> ToNames(BundleReader reader, ObjectGraph graph)
    {
        Dictionary<string, TensorSource> byKey = TensorSources.Of(reader).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        return
        [
            .. graph.KeysByFullName().Where(pair => byKey.ContainsKey(pair.Value)).Select(pair => byKey[pair.Value].Renamed(pair.Key))
                .OrderBy(tensor => tensor.Name, Utf8Order.Instance),
        ];
    }
}
