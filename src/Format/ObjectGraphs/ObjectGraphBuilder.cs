using System.Collections.Immutable;
using Cairn.Format.Errors;

namespace Cairn.Format.ObjectGraphs;

/// <summary>Makes the object graph of a model whose variables have names: every part of a name is an object, so that <c>dense/kernel</c> is the child
/// <c>kernel</c> of the child <c>dense</c> of the root. <c>tf.train.Checkpoint</c> restores it into objects of that shape, and <c>tf.train.Saver</c> by the
/// names.</summary>
/// <example><code>
/// var graph = new ObjectGraphBuilder();
/// await writer.AddAsync(graph.AddVariable("dense/kernel"), kernel, cancellationToken);
/// await writer.AddAsync(graph.AddVariable(ObjectGraphBuilder.SaveCounter), TensorValue.Of(TensorShape.Scalar, 1L), cancellationToken);
/// await writer.AddAsync(ObjectGraph.Key, graph.Build().ToTensor(), cancellationToken);
/// </code></example>
public sealed class ObjectGraphBuilder
{
    /// <summary>The int64 scalar that <c>tf.train.Checkpoint</c> counts its saves with, a child of the root. Without it, <c>assert_consumed</c> fails.</summary>
    public const string SaveCounter = "save_counter";

    private readonly Branch _root = new("");
    private readonly Dictionary<string, Branch> _variables = new(StringComparer.Ordinal);
    private readonly List<(string Variable, string Optimizer, string Slot, Branch Branch)> _slots = [];
    private readonly HashSet<(string Variable, string Optimizer, string Slot)> _slotNames = [];

    /// <summary>Adds a variable, and returns the key under which its value is to be written.</summary>
    /// <param name="name">Its name, without <c>:0</c>; parts are separated by <c>/</c>.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the name is empty, has an empty part, or was added
    /// before.</exception>
    public string AddVariable(string name)
    {
        Branch branch = BranchOf(name);
        if (branch.Attribute is not null)
        {
            throw Bad($"Variable '{name}' is in the object graph already.");
        }

        _variables.Add(name, branch);
        branch.Attribute = new ObjectAttribute(ObjectAttribute.VariableValue, name, ObjectPaths.Key(branch.Path));
        return branch.Attribute.CheckpointKey;
    }

    /// <summary>Adds a variable that an optimiser keeps beside another, and returns the key under which its value is to be written.</summary>
    /// <param name="variable">The variable that is trained; added before.</param>
    /// <param name="optimizer">The way to the optimiser from the root: <c>optimizer</c>.</param>
    /// <param name="slot">Which slot: <c>m</c>, <c>v</c>, ...</param>
    /// <param name="fullName">The slot's own name: <c>dense/kernel/Adam</c>.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the variable was not added, or the slot was.</exception>
    public string AddSlot(string variable, string optimizer, string slot, string fullName)
    {
        if (!_variables.TryGetValue(variable, out Branch? trained))
        {
            throw Bad($"Slot '{slot}' of '{variable}': add the variable first.");
        }

        if (!_slotNames.Add((variable, optimizer, slot)))
        {
            throw Bad($"Slot '{slot}' of '{variable}' is in the object graph already.");
        }

        string path = ObjectPaths.Slot(trained.Path, BranchOf(optimizer).Path, slot);
        var branch = new Branch(path) { Attribute = new ObjectAttribute(ObjectAttribute.VariableValue, fullName, ObjectPaths.Key(path)) };
        _slots.Add((variable, optimizer, slot, branch));
        return branch.Attribute.CheckpointKey;
    }

    /// <summary>The graph: nodes breadth first from the root, children in order of their names, then the slots.</summary>
    public ObjectGraph Build()
    {
        List<Branch> branches = [_root];
        for (int i = 0; i < branches.Count; i++)
        {
            branches[i].Id = i;
            branches.AddRange(branches[i].Children.Values);
        }

        foreach ((_, _, _, Branch branch) in _slots)
        {
            branch.Id = branches.Count;
            branches.Add(branch);
        }

        ILookup<Branch, ObjectSlot> slots = _slots.ToLookup(
            slot => BranchOf(slot.Optimizer), slot => new ObjectSlot(_variables[slot.Variable].Id, slot.Slot, slot.Branch.Id));
        return new ObjectGraph([.. branches.Select(branch => branch.ToNode([.. slots[branch]]))], "a new checkpoint");
    }

    private Branch BranchOf(string name)
    {
        Branch branch = _root;
        foreach (string part in name.Split('/'))
        {
            if (part.Length == 0)
            {
                throw Bad($"'{name}' cannot be the name of an object: a part of it is empty.");
            }

            if (!branch.Children.TryGetValue(part, out Branch? child))
            {
                branch.Children.Add(part, child = new Branch(ObjectPaths.Join(branch.Path, part)));
            }

            branch = child;
        }

        return branch;
    }

    private static CheckpointException Bad(string message) => new(CheckpointError.InvalidArgument, message);

    private sealed class Branch(string path)
    {
        public string Path { get; } = path;

        public int Id { get; set; }

        public ObjectAttribute? Attribute { get; set; }

        public SortedDictionary<string, Branch> Children { get; } = new(StringComparer.Ordinal);

        public ObjectNode ToNode(ImmutableArray<ObjectSlot> slots) => new(
            [.. Children.Select(child => new ObjectChild(child.Value.Id, child.Key))], Attribute is null ? [] : [Attribute], slots);
    }
}
