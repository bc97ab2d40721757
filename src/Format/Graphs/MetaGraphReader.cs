using System.Collections.Immutable;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Protos;
using Cairn.Format.Tensors;
using Google.Protobuf;

namespace Cairn.Format.Graphs;

/// <summary>Reads <c>.meta</c> files: binary MetaGraphDefs. What this project has no name for is kept, and written again.</summary>
public static class MetaGraphReader
{
    /// <summary>The longest file that is read, unless the caller says less: protobuf's limit of 2 GiB, and what an array holds.</summary>
    public const int LengthBytesMax = 0x7FFFFFC7;

    /// <summary>Reads a file of a store.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is no such file. <see cref="CheckpointError.LimitExceeded"/>: it is
    /// longer than <paramref name="lengthBytesMax"/>.
    /// <see cref="CheckpointError.Corrupt"/>: it is no MetaGraphDef.</exception>
    public static async ValueTask<MetaGraphDef> ReadAsync(
        IBlobStore store, string name, int lengthBytesMax = LengthBytesMax, CancellationToken cancellationToken = default)
    {
        BlobContent content = await store.TryReadAsync(name, lengthBytesMax, cancellationToken).ConfigureAwait(false)
            ?? throw new CheckpointException(CheckpointError.NotFound, $"There is no '{name}' in {store.Address}.");
        return Parse(content.Bytes.Span, name);
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">All of them.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: not a MetaGraphDef.</exception>
    public static MetaGraphDef Parse(ReadOnlySpan<byte> bytes, string file)
    {
        MetaGraphDef meta;
        try
        {
            meta = MetaGraphDef.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException fault)
        {
            throw NotAMetaGraph(file, fault.Message, fault);
        }

        // Almost any bytes are some message of unknown fields; without a graph it is none that anybody wrote as .meta.
        return meta.GraphDef is null ? throw NotAMetaGraph(file, "it holds no graph", null) : meta;
    }

    /// <summary>The variables of a graph in the order of its collection <c>variables</c>; of a graph without one, its variable nodes in their order.</summary>
    /// <param name="meta">The graph.</param>
    /// <param name="file">Its file's name, for messages.</param>
    /// <param name="averageName">The name of the moving averages to look for.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: the collection holds something else, or a shape is impossible.</exception>
    public static ImmutableArray<MetaGraphVariableInfo> ListVariables(MetaGraphDef meta, string file, string averageName = "ExponentialMovingAverage")
    {
        Dictionary<string, NodeDef> nodes = new(StringComparer.Ordinal);
        foreach (NodeDef node in meta.GraphDef?.Node ?? [])
        {
            if (node.Op is "VariableV2" or "Variable" or "VarHandleOp")
            {
                nodes.TryAdd(node.Name, node);
            }
        }

        List<VariableDef> definitions = Definitions(meta, "variables", file);
        if (definitions.Count == 0)
        {
            definitions = [.. nodes.Values.Select(node => new VariableDef { VariableName = node.Name + ":0", IsResource = node.Op == "VarHandleOp" })];
        }

        HashSet<string> trainable = Names(meta, "trainable_variables", file);
        HashSet<string> averaged = Names(meta, "moving_average_variables", file);
        Dictionary<string, string> keys = new(StringComparer.Ordinal);
        definitions.ForEach(definition => keys.TryAdd(NodeOf(definition.VariableName), KeyOf(definition)));

        return [.. definitions.Select(definition =>
        {
            string name = NodeOf(definition.VariableName);
            NodeDef? node = nodes.GetValueOrDefault(name);
            return new MetaGraphVariableInfo(
                name,
                keys[name],
                node is null ? TensorDType.Invalid : (TensorDType)TypeOf(node),
                node is null ? null : ShapeOf(node, file),
                PartitionOf(definition, file),
                definition.IsResource,
                definition.Trainable || trainable.Contains(name), // Before TensorFlow 1.9 only the collection says it.
                averaged.Contains(name),
                averaged.Contains(name) ? keys.GetValueOrDefault($"{name}/{averageName}") : null);
        })];
    }

    private static List<VariableDef> Definitions(MetaGraphDef meta, string collection, string file)
    {
        List<VariableDef> definitions = [];
        if (meta.CollectionDef.TryGetValue(collection, out CollectionDef? found) && found.KindCase == CollectionDef.KindOneofCase.BytesList)
        {
            foreach (ByteString bytes in found.BytesList.Value)
            {
                try
                {
                    definitions.Add(VariableDef.Parser.ParseFrom(bytes));
                }
                catch (InvalidProtocolBufferException fault)
                {
                    throw NotAMetaGraph(file, $"its collection '{collection}' holds what is no VariableDef ({fault.Message})", fault);
                }
            }
        }

        return definitions;
    }

    private static HashSet<string> Names(MetaGraphDef meta, string collection, string file) =>
        new(Definitions(meta, collection, file).Select(definition => NodeOf(definition.VariableName)), StringComparer.Ordinal);

    private static string NodeOf(string tensor)
    {
        int colon = tensor.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? tensor : tensor[..colon];
    }

    private static string KeyOf(VariableDef definition) =>
        definition.SaveSliceInfoDef is { FullName.Length: > 0 } slice ? slice.FullName : NodeOf(definition.VariableName);

    private static DataType TypeOf(NodeDef node) => node.Attr.TryGetValue("dtype", out AttrValue? value) ? value.Type : DataType.DtInvalid;

    private static TensorShape? ShapeOf(NodeDef node, string file)
    {
        if (!node.Attr.TryGetValue("shape", out AttrValue? value) || value.Shape is not { UnknownRank: false } shape
            || shape.Dim.Any(dimension => dimension.Size == -1))
        {
            return null;
        }

        return ToShape(shape.Dim.Select(dimension => dimension.Size), node.Name, file);
    }

    private static MetaGraphPartition? PartitionOf(VariableDef definition, string file)
    {
        if (definition.SaveSliceInfoDef is not { } slice || slice.FullShape.Count == 0)
        {
            return null;
        }

        if (slice.VarOffset.Count != slice.FullShape.Count || slice.VarShape.Count != slice.FullShape.Count)
        {
            throw NotAMetaGraph(file, $"the slice of variable '{definition.VariableName}' has not one offset and one length for each dimension", null);
        }

        TensorShape full = ToShape(slice.FullShape, slice.FullName, file);
        for (int axis = 0; axis < full.Rank; axis++)
        {
            (long start, long length) = (slice.VarOffset[axis], slice.VarShape[axis]);
            if (start < 0 || length < 0 || length > full[axis] || start > full[axis] - length)
            {
                throw NotAMetaGraph(file, $"the slice of variable '{definition.VariableName}' leaves the shape {full}: {start},{length} on axis {axis}", null);
            }
        }

        return new MetaGraphPartition(full, new TensorSlice([.. slice.VarOffset.Zip(slice.VarShape, (start, length) => new SliceExtent(start, length))]));
    }

    private static TensorShape ToShape(IEnumerable<long> sizes, string variable, string file)
    {
        long[] dimensions = [.. sizes.Take(TensorShape.RankMax + 1)];
        if (dimensions.Length > TensorShape.RankMax || TensorShape.CountElements(dimensions) is null)
        {
            throw NotAMetaGraph(file, $"the shape [{string.Join(',', dimensions)}] of variable '{variable}' is impossible", null);
        }

        return new TensorShape(dimensions);
    }

    private static CheckpointException NotAMetaGraph(string file, string reason, Exception? inner) =>
        new(CheckpointError.Corrupt, $"'{file}' is not a binary MetaGraphDef: {reason}.", inner);
}
