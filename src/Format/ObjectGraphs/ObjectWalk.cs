using System.Collections.Immutable;

namespace Cairn.Format.ObjectGraphs;

/// <summary>Finds the shortest way to every object: breadth first from the root, children in their order. Slots are found from their optimiser.</summary>
internal sealed class ObjectWalk
{
    // In a graph of TensorFlow every tensor's key is about as long as its path. Paths may take a few times what the keys take, so that a made-up chain of
    // objects does not grow with the square of its file; past that, the key names the object.
    private const int SpareCharacters = 1 << 20;

    private readonly ImmutableArray<ObjectNode> _nodes;
    private readonly Step?[] _steps;
    private readonly (int Variable, int Optimizer, string Name)?[] _slots;
    private long _charactersLeft;

    private ObjectWalk(ImmutableArray<ObjectNode> nodes)
    {
        _nodes = nodes;
        _steps = new Step?[nodes.Length];
        _slots = new (int, int, string)?[nodes.Length];
        _charactersLeft = SpareCharacters + (4 * nodes.Sum(node => node.Attributes.Sum(attribute => (long)attribute.CheckpointKey.Length)));
        Walk();
    }

    /// <summary>Every tensor, in the order of the nodes.</summary>
    public static ImmutableArray<ObjectTensor> Tensors(ImmutableArray<ObjectNode> nodes)
    {
        var walk = new ObjectWalk(nodes);
        ImmutableArray<ObjectTensor>.Builder tensors = ImmutableArray.CreateBuilder<ObjectTensor>();
        for (int id = 0; id < nodes.Length; id++)
        {
            foreach (ObjectAttribute attribute in nodes[id].Attributes)
            {
                tensors.Add(new ObjectTensor(walk.PathOf(id) ?? PathOfKey(attribute), attribute, walk._slots[id] is not null));
            }
        }

        return tensors.ToImmutable();
    }

    private void Walk()
    {
        Queue<int> waiting = new();
        if (_nodes.Length > 0)
        {
            _steps[0] = new Step(-1, "", 0);
            waiting.Enqueue(0);
        }

        while (waiting.TryDequeue(out int id))
        {
            foreach (ObjectChild child in _nodes[id].Children)
            {
                if (_steps[child.NodeId] is null)
                {
                    _steps[child.NodeId] = new Step(id, child.LocalName, _steps[id]!.Value.Characters + (2L * child.LocalName.Length) + 1);
                    waiting.Enqueue(child.NodeId);
                }
            }
        }

        for (int id = 0; id < _nodes.Length; id++)
        {
            foreach (ObjectSlot slot in _nodes[id].Slots)
            {
                _slots[slot.SlotNodeId] ??= (slot.VariableNodeId, id, slot.SlotName);
            }
        }
    }

    private string? PathOf(int id)
    {
        if (_steps[id] is not null)
        {
            return Build(id);
        }

        return _slots[id] is { } slot && Build(slot.Variable) is { } variable && Build(slot.Optimizer) is { } optimizer
            ? ObjectPaths.Slot(variable, optimizer, slot.Name)
            : null;
    }

    private string? Build(int id)
    {
        if (_steps[id] is not { } last || last.Characters > _charactersLeft)
        {
            return null;
        }

        _charactersLeft -= last.Characters;
        Stack<string> names = new();
        for (Step step = last; step.Parent >= 0; step = _steps[step.Parent]!.Value)
        {
            names.Push(ObjectPaths.Escape(step.LocalName));
        }

        return string.Join('/', names);
    }

    private static string PathOfKey(ObjectAttribute attribute)
    {
        int end = attribute.CheckpointKey.LastIndexOf($"/{ObjectPaths.AttributesFolder}/", StringComparison.Ordinal);
        return end < 0 ? attribute.CheckpointKey : attribute.CheckpointKey[..end];
    }

    private readonly record struct Step(int Parent, string LocalName, long Characters);
}
