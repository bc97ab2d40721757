using Cairn.Format.Bundles;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Output;

/// <summary>Tensors by the scopes of their names, each scope with the number and the bytes of what is in it.</summary>
internal sealed class TensorTree
{
    private readonly List<TensorTree> _children = [];
    private readonly string _label;
    private BundleTensor? _tensor;
    private int _count;
    private long _bytes;

    private TensorTree(string label) => _label = label;

    /// <summary>Makes a tree.</summary>
    /// <param name="root">What stands at the top.</param>
    /// <param name="tensors">In the order in which they shall stand.</param>
    /// <param name="isBySize">Puts the largest first within each scope.</param>
    public static TensorTree Of(string root, IEnumerable<BundleTensor> tensors, bool isBySize)
    {
        TensorTree tree = new(root);
        foreach (BundleTensor tensor in tensors)
        {
            tree.Add(tensor);
        }

        if (isBySize)
        {
            tree.SortBySize();
        }

        return tree;
    }

    /// <summary>Prints the tree.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="depthMax">Scopes deeper than this are not opened.</param>
    public void Write(TextWriter output, int depthMax)
    {
        TextTable table = new("name", "size", "tensors", "dtype", "shape");
        table.AlignRight(1, 2);
        table.Add(_label, Sizes.Short(_bytes), $"{_count}", string.Empty, string.Empty);
        WriteChildren(table, string.Empty, depthMax);
        table.Write(output);
    }

    private void Add(BundleTensor tensor)
    {
        TensorTree node = this;
        node.Count(tensor);
        foreach (string part in tensor.Name.Split('/'))
        {
            TensorTree? next = node._children.Find(child => child._label == part);
            if (next is null)
            {
                node._children.Add(next = new TensorTree(part));
            }

            node = next;
            node.Count(tensor);
        }

        node._tensor = tensor;
    }

    private void Count(BundleTensor tensor)
    {
        _count++;
        _bytes += tensor.LengthBytes;
    }

    private void SortBySize()
    {
        // Stable, so that equal ones keep their order.
        TensorTree[] sorted = [.. _children.OrderByDescending(child => child._bytes)];
        _children.Clear();
        _children.AddRange(sorted);
        _children.ForEach(child => child.SortBySize());
    }

    private void WriteChildren(TextTable table, string indent, int depthLeft)
    {
        for (int number = 0; number < _children.Count && depthLeft > 0; number++)
        {
            bool isLast = number == _children.Count - 1;
            (TensorTree node, string label) = _children[number].Collapse();
            BundleTensor? tensor = node._tensor;
            table.Add(
                $"{indent}{(isLast ? "└── " : "├── ")}{label}",
                Sizes.Short(node._bytes),
                node._children.Count == 0 ? string.Empty : $"{node._count}",
                tensor?.DType.ShortName() ?? string.Empty,
                tensor is null ? string.Empty : tensor.IsPartitioned ? $"{tensor.Shape} in {tensor.Parts.Length}" : $"{tensor.Shape}");
            node.WriteChildren(table, indent + (isLast ? "    " : "│   "), depthLeft - 1);
        }
    }

    // A scope that holds one scope and nothing else is one line with it: a/b.
    private (TensorTree Node, string Label) Collapse()
    {
        TensorTree node = this;
        string label = _label;
        while (node._tensor is null && node._children.Count == 1)
        {
            node = node._children[0];
            label += $"/{node._label}";
        }

        return (node, label);
    }
}
