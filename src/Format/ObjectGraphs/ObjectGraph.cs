using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.ObjectGraphs;

/// <summary>The objects that a TF2 checkpoint (<c>tf.train.Checkpoint</c>, Keras, SavedModel) was saved from: how to get from the root to each tensor, and what a
/// name-based saver calls it.</summary>
/// <example><code>
/// BundleReader reader = await BundleReader.OpenAsync(store, new CheckpointPrefix("ckpt-20"), cancellationToken);
/// ObjectGraph graph = await ObjectGraph.ReadAsync(reader, cancellationToken);
/// TensorValue kernel = await reader.ReadAsync(graph.KeyOf("model/layer_with_weights-0/kernel"), cancellationToken);
/// </code></example>
public sealed class ObjectGraph
{
    /// <summary>The key of the bundle under which the graph stands, a scalar string.</summary>
    public const string Key = "_CHECKPOINTABLE_OBJECT_GRAPH";

    private readonly string _file;
    private readonly Lazy<ImmutableArray<ObjectTensor>> _tensors;

    /// <summary>Makes a graph of nodes; the first is the root.</summary>
    /// <param name="nodes">All objects. Ids are places in this list.</param>
    /// <param name="file">Where it comes from, for messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: an id is outside the list.</exception>
    public ObjectGraph(ImmutableArray<ObjectNode> nodes, string file)
    {
        Nodes = nodes;
        _file = file;
        CheckIds();
        _tensors = new Lazy<ImmutableArray<ObjectTensor>>(() => ObjectWalk.Tensors(nodes));
    }

    /// <summary>All objects; the first is the root.</summary>
    public ImmutableArray<ObjectNode> Nodes { get; }

    /// <summary>Every tensor of the graph, by the shortest way to it, in the order of the nodes. An object that no way leads to (the root's graph was cut) is
    /// named by its key.</summary>
    public ImmutableArray<ObjectTensor> Tensors => _tensors.Value;

    /// <summary>Parses a TrackableObjectGraph.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="file">Where it comes from, for messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: it is none, or an id is outside the list.</exception>
    public static ObjectGraph Parse(ReadOnlySpan<byte> bytes, string file)
    {
        try
        {
            return new ObjectGraph(ObjectGraphCodec.Decode(bytes), file);
        }
        catch (InvalidDataException fault)
        {
            throw new CheckpointException(CheckpointError.Corrupt, $"The object graph of '{file}' ({Key}) does not parse: {fault.Message}", fault);
        }
    }

    /// <summary>Whether a checkpoint has an object graph.</summary>
    public static bool IsIn(BundleIndex index) => index.Find(Key) is not null;

    /// <summary>The object graph of a checkpoint.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: the checkpoint is name-based. <see cref="CheckpointError.Corrupt"/>: the graph
    /// is damaged.</exception>
    public static async ValueTask<ObjectGraph> ReadAsync(BundleReader reader, CancellationToken cancellationToken)
    {
        if (!IsIn(reader.Index))
        {
            throw new CheckpointException(
                CheckpointError.NotFound, $"Checkpoint '{reader.Index.FileName}' has no object graph ({Key}): it is name-based; read its tensors by their names.");
        }

        TensorValue value = await reader.ReadAsync(Key, cancellationToken).ConfigureAwait(false);
        return value.DType == TensorDType.String && value.Elements is [ReadOnlyMemory<byte> graph]
            ? Parse(graph.Span, reader.Index.FileName)
            : throw new CheckpointException(CheckpointError.Corrupt, $"The object graph of '{reader.Index.FileName}' ({Key}) is {value}, not one string.");
    }

    /// <summary>The node at the end of a path, or null.</summary>
    /// <param name="path">Names joined by <c>/</c>, spelled as in keys; empty for the root. Any way to the object will do.</param>
    public ObjectNode? Find(string path)
    {
        ObjectNode? node = Nodes.IsEmpty ? null : Nodes[0];
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = ObjectPaths.Unescape(part);
            ObjectChild? child = node?.Children.Cast<ObjectChild?>().FirstOrDefault(child => child!.Value.LocalName == name);
            node = child is { } found ? Nodes[found.NodeId] : null;
        }

        return node;
    }

    /// <summary>The key of a tensor, from the path of its object (also of a slot, as in <see cref="ObjectTensor.Path"/>).</summary>
    /// <param name="path">The way to the object.</param>
    /// <param name="attribute">Which tensor of it.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: no such object, or it has no such tensor; the message has the nearest
    /// paths.</exception>
    public string KeyOf(string path, string attribute = ObjectAttribute.VariableValue)
    {
        ObjectAttribute? found = Find(path)?.Attributes.FirstOrDefault(candidate => candidate.Name == attribute)
            ?? Tensors.FirstOrDefault(tensor => tensor.Path == path && tensor.Attribute.Name == attribute)?.Attribute;
        return found?.CheckpointKey ?? throw new CheckpointException(
            CheckpointError.NotFound,
            $"Checkpoint '{_file}' has no object '{path}' with {attribute}"
                + $"{NearestNames.Hint(path, Tensors.Where(tensor => tensor.Attribute.Name == attribute).Select(tensor => tensor.Path))}.");
    }

    /// <summary>The keys by the names that name-based savers use: how <c>tf.train.Saver</c> restores from such a checkpoint. Of two objects with one name the
    /// later counts, as in TensorFlow.</summary>
    public IReadOnlyDictionary<string, string> KeysByFullName()
    {
        Dictionary<string, string> keys = new(StringComparer.Ordinal);
        foreach (ObjectAttribute attribute in Nodes.SelectMany(node => node.Attributes).Where(attribute => attribute.FullName.Length > 0))
        {
            keys[attribute.FullName] = attribute.CheckpointKey;
        }

        return keys;
    }

    /// <summary>The graph as TensorFlow serialises it.</summary>
    public byte[] ToBytes() => ObjectGraphCodec.Encode(Nodes);

    /// <summary>The tensor that stands under <see cref="Key"/>.</summary>
    public TensorValue ToTensor() => TensorValue.FromElements(TensorDType.String, TensorShape.Scalar, [ToBytes()]);

    private void CheckIds()
    {
        foreach (ObjectNode node in Nodes)
        {
            IEnumerable<int> ids = node.Children.Select(child => child.NodeId)
                .Concat(node.Slots.SelectMany(slot => (int[])[slot.VariableNodeId, slot.SlotNodeId]));
            foreach (int id in ids)
            {
                if (id < 0 || id >= Nodes.Length)
                {
                    throw new CheckpointException(
                        CheckpointError.Corrupt, $"The object graph of '{_file}' ({Key}) refers to node {id}, but has {Nodes.Length}.");
                }
            }
        }
    }
}
