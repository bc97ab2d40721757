using System.Globalization;
using System.Text;
using Cairn.Format.Errors;
using Cairn.Format.Protos;
using Cairn.Format.Tensors;
using Google.Protobuf;

namespace Cairn.Format.Graphs;

/// <summary>Makes the <c>.meta</c> of a model that has no graph of its own: a MetaGraphDef with its variables and a saver, which
/// <c>tf.compat.v1.train.import_meta_graph</c> takes. Equal input gives equal bytes.</summary>
/// <remarks>
/// For a variable <c>v</c> the graph holds <c>v/Initializer/Const</c> (one value and the full shape), <c>v</c> (VariableV2), <c>v/Assign</c> and <c>v/read</c>;
/// a partitioned one is held as <c>v/part_0</c>, <c>v/part_1</c>, ...; an average as <c>v/ExponentialMovingAverage</c> or
/// <c>v/part_0/ExponentialMovingAverage</c>, placed with what it averages.
/// </remarks>
public sealed class MetaGraphBuilder
{
    /// <summary>The longest MetaGraphDef: protobuf's own limit.</summary>
    public const long LengthBytesMax = int.MaxValue;

    private const int GraphProducer = 27; // TensorFlow 1.13's, for a graph without functions: no version since refuses it.

    private static readonly Comparer<byte[]> Utf8Order = Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));

    private readonly GraphDef _graph = new();
    private readonly GraphNames _names = new();
    private readonly Dictionary<string, List<GraphVariable>> _variables = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CollectionDef> _collections = new(StringComparer.Ordinal);

    private MetaGraphBuilder()
    {
    }

    /// <summary>The bytes of the file.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: there are no variables, or one cannot be in a graph; the message
    /// says why.
    /// <see cref="CheckpointError.LimitExceeded"/>: the file might be longer than <see cref="LengthBytesMax"/>.</exception>
    public static byte[] Build(IReadOnlyCollection<MetaGraphVariable> variables, MetaGraphSaver saver) => BuildMessage(variables, saver).ToByteArray();

    /// <summary>The MetaGraphDef that <see cref="Build"/> writes.</summary>
    /// <exception cref="CheckpointException">As for <see cref="Build"/>.</exception>
    public static MetaGraphDef BuildMessage(IReadOnlyCollection<MetaGraphVariable> variables, MetaGraphSaver saver)
    {
        if (variables.Count == 0)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, "No variables to save.");
        }

        RequireLength(variables, saver);
        return new MetaGraphBuilder().BuildParts([.. variables.OrderBy(variable => variable.Name, StringComparer.Ordinal)], saver);
    }

    private MetaGraphDef BuildParts(List<MetaGraphVariable> variables, MetaGraphSaver saver)
    {
        List<(MetaGraphVariable Source, GraphVariable Node, bool IsAverage)> nodes = [.. variables.SelectMany(Expand)];
        RequireDistinct(nodes.Select(node => (node.Source.Name, node.Node.FullName, node.IsAverage)).Distinct().Select(named => named.FullName));
        // All of them before any other node, so that a variable never loses its name to the Assign of another.
        nodes.ForEach(node => _names.Claim(node.Node.NodeName));
        nodes.ForEach(node => AddVariable(node.Source, node.Node, node.IsAverage));

        SaverDef saverDef = new SaverNodes(_graph, _names.Scope("save")).Add(Resolve(saver), saver);
        _graph.Versions = new VersionDef { Producer = GraphProducer };

        MetaGraphDef meta = new()
        {
            MetaInfoDef = new MetaGraphDef.Types.MetaInfoDef { TensorflowVersion = "1.15.0", TensorflowGitVersion = "unknown" },
            GraphDef = _graph,
            SaverDef = saverDef,
        };
        foreach ((string name, CollectionDef collection) in _collections)
        {
            meta.CollectionDef.Add(name, collection);
        }

        return meta;
    }

    // The nodes of a partitioned variable have other names than the whole, so that the names of nodes alone do not show it.
    private static void RequireDistinct(IEnumerable<string> fullNames)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        if (fullNames.FirstOrDefault(name => !seen.Add(name)) is { } twice)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"At least two variables have the same name: {twice}");
        }
    }

    private static IEnumerable<(MetaGraphVariable Source, GraphVariable Node, bool IsAverage)> Expand(MetaGraphVariable variable)
    {
        if (!variable.DType.IsFixedSize())
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"Variable '{variable.Name}' is of type {variable.DType.ShortName()}, which has no fixed element size.");
        }

        foreach ((string suffix, TensorSlice? slice) in Partitions(variable))
        {
            string name = variable.Name + suffix;
            GraphVariable value = new(name, variable.Name, variable.DType, variable.Shape, slice, name);
            yield return (variable, value, false);
            if (variable.AverageName is { } average)
            {
                yield return (variable, value with { NodeName = $"{name}/{average}", FullName = $"{variable.Name}/{average}" }, true);
            }
        }
    }

    private static IEnumerable<(string Suffix, TensorSlice? Slice)> Partitions(MetaGraphVariable variable)
    {
        IReadOnlyList<long> rows = variable.PartitionRows;
        if (rows.Count == 0)
        {
            yield return ("", null);
            yield break;
        }

        long sum = rows.Aggregate(0L, (total, count) => count < 0 || total < 0 || total > long.MaxValue - count ? -1 : total + count);
        if (variable.Shape.Rank == 0 ? rows is not [1] : sum != variable.Shape[0])
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"The partitions of variable '{variable.Name}' ([{string.Join(',', rows)}] rows) do not make up its shape {variable.Shape}.");
        }

        long start = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            yield return rows.Count == 1
                ? ("", null)
                : (string.Create(CultureInfo.InvariantCulture, $"/part_{i}"), TensorSlice.Rows(variable.Shape, start, rows[i]));
            start += rows[i];
        }
    }

    private void AddVariable(MetaGraphVariable source, GraphVariable variable, bool isAverage)
    {
        string name = variable.NodeName;
        AttrValue dtype = Attributes.Of(variable.DType);
        AttrValue place = Attributes.ColocatedWith(variable.ColocatedWith);

        NodeDef initial = Add(_names.Unique(name + "/Initializer/Const"), "Const")
            .With(("dtype", dtype), ("value", Attributes.Of(TensorProtos.Splat(source.Name, variable.DType, variable.Shape, source.InitialElement.Span))));
        (string Name, AttrValue Value)[] attributes =
            [("container", Attributes.Of("")), ("dtype", dtype), ("shape", Attributes.Of(variable.Shape)), ("shared_name", Attributes.Of(""))];
        Add(name, "VariableV2").With(isAverage ? [("_class", place), .. attributes] : attributes);
        NodeDef assign = Add(_names.Unique(name + "/Assign"), "Assign", name, initial.Name)
            .With(("T", dtype), ("_class", place), ("use_locking", Attributes.Of(true)), ("validate_shape", Attributes.Of(true)));
        NodeDef read = Add(_names.Unique(name + "/read"), "Identity", name).With(("T", dtype), ("_class", place));

        VariableDef definition = new()
        {
            VariableName = name + ":0",
            InitializerName = assign.Name,
            SnapshotName = read.Name + ":0",
            InitialValueName = initial.Name + ":0",
            SaveSliceInfoDef = variable.SliceInfo,
            Trainable = source.Trainable && !isAverage,
        };
        Collect(source, variable, definition, isAverage);
    }

    private void Collect(MetaGraphVariable source, GraphVariable variable, VariableDef definition, bool isAverage)
    {
        if (!_variables.TryGetValue(variable.FullName, out List<GraphVariable>? parts))
        {
            _variables.Add(variable.FullName, parts = []);
        }

        parts.Add(variable);
        CollectInto("variables", definition);
        if (definition.Trainable)
        {
            CollectInto("trainable_variables", definition);
        }

        if (!isAverage && source.AverageName is not null)
        {
            CollectInto("moving_average_variables", definition);
        }
    }

    private void CollectInto(string collection, VariableDef definition)
    {
        if (!_collections.TryGetValue(collection, out CollectionDef? found))
        {
            _collections.Add(collection, found = new CollectionDef { BytesList = new CollectionDef.Types.BytesList() });
        }

        found.BytesList.Value.Add(definition.ToByteString());
    }

    private List<(string Key, GraphVariable Variable)> Resolve(MetaGraphSaver saver)
    {
        IEnumerable<MetaGraphSavedTensor> tensors =
            saver.Tensors.IsEmpty ? _variables.Keys.Select(name => new MetaGraphSavedTensor(name, name)) : saver.Tensors;
        List<(string Key, GraphVariable Variable)> saved = [];
        string? before = null;
        foreach (MetaGraphSavedTensor tensor in tensors.OrderBy(tensor => Encoding.UTF8.GetBytes(tensor.Key), Utf8Order))
        {
            if (tensor.Key == before)
            {
                throw new CheckpointException(CheckpointError.InvalidArgument, $"Two tensors would be saved under one key: {tensor.Key}");
            }

            if (!_variables.TryGetValue(tensor.Variable, out List<GraphVariable>? parts))
            {
                throw new CheckpointException(
                    CheckpointError.InvalidArgument, $"The saver saves '{tensor.Variable}' under '{tensor.Key}', but there is no such variable or average.");
            }

            saved.AddRange(parts.Select(part => (tensor.Key, part)));
            before = tensor.Key;
        }

        return saved;
    }

    /// <summary>A bound from above of what a variable and its saver's nodes take in the file.</summary>
    internal static long BoundBytes(MetaGraphVariable variable)
    {
        // A node's name occurs some 20 times in its nodes, collections and the saver's nodes; 1,800 bytes is more than all the rest of a variable; a dimension
        // occurs in 8 places of at most 22 bytes.
        long name = Encoding.UTF8.GetByteCount(variable.Name) + Encoding.UTF8.GetByteCount(variable.AverageName ?? "") + 16;
        long nodes = Math.Max(1, variable.PartitionRows.Length) * (variable.AverageName is null ? 1L : 2L);
        return nodes * ((name * 24) + 1800 + (variable.Shape.Rank * 180L));
    }

    // Nothing is built before.
    private static void RequireLength(IEnumerable<MetaGraphVariable> variables, MetaGraphSaver saver)
    {
        long bound = saver.Tensors.Sum(tensor => (long)(Encoding.UTF8.GetByteCount(tensor.Key) + 10) * 2);
        foreach (MetaGraphVariable variable in variables)
        {
            bound += BoundBytes(variable);
            if (bound > LengthBytesMax)
            {
                throw new CheckpointException(
                    CheckpointError.LimitExceeded,
                    $"The graph of these variables might be longer than {LengthBytesMax} bytes, protobuf's limit: "
                        + "save without .meta, or with fewer partitions.");
            }
        }
    }

    private NodeDef Add(string name, string op, params string[] inputs)
    {
        NodeDef node = new() { Name = name, Op = op, Input = { inputs } };
        _graph.Node.Add(node);
        return node;
    }
}
