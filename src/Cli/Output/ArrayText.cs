using Cairn.Format.Tensors;

namespace Cairn.Cli.Output;

/// <summary>Prints an array as numpy does: nested brackets, numbers of equal width, and only the edges of a large one.</summary>
internal sealed class ArrayText(TensorShape shape, bool isNumeric, Func<long, string> elementText)
{
    /// <summary>Above this many elements only <see cref="EdgeItems"/> at each end of an axis are printed, numpy's own limits.</summary>
    private const long SummaryThreshold = 1000;
    private const int EdgeItems = 3;
    private const string Gap = "...";

    private readonly bool _isSummary = shape.ElementCount > SummaryThreshold;
    private int _width;

    /// <summary>The numbers of the elements that are printed of an array.</summary>
    public static IEnumerable<long> Visible(TensorShape shape) => new ArrayText(shape, isNumeric: true, _ => string.Empty).VisibleFrom(0, 0);

    public void Write(TextWriter output)
    {
        _width = !isNumeric ? 0 : VisibleFrom(0, 0).Select(index => elementText(index).Length).DefaultIfEmpty(0).Max();
        WriteAxis(output, 0, 0);
        output.WriteLine();
    }

    private void WriteAxis(TextWriter output, int axis, long first)
    {
        if (axis == shape.Rank)
        {
            output.Write(elementText(first).PadLeft(_width));
            return;
        }

        output.Write('[');
        bool isFirst = true;
        foreach (long? position in Positions(shape[axis]))
        {
            if (!isFirst)
            {
                WriteSeparator(output, axis);
            }

            isFirst = false;
            if (position is { } at)
            {
                WriteAxis(output, axis + 1, first + (at * Stride(axis)));
            }
            else
            {
                output.Write(Gap);
            }
        }

        output.Write(']');
    }

    /// <summary>A space between elements; between rows a new line for each axis that ends there, indented below its bracket.</summary>
    private void WriteSeparator(TextWriter output, int axis)
    {
        if (axis == shape.Rank - 1)
        {
            output.Write(' ');
            return;
        }

        for (int line = axis; line < shape.Rank - 1; line++)
        {
            output.WriteLine();
        }

        output.Write(new string(' ', axis + 1));
    }

    private IEnumerable<long> VisibleFrom(int axis, long first) =>
        axis == shape.Rank
            ? [first]
            : Positions(shape[axis]).OfType<long>().SelectMany(position => VisibleFrom(axis + 1, first + (position * Stride(axis))));

    /// <summary>The positions of an axis that are printed; null stands for those left out.</summary>
    private IEnumerable<long?> Positions(long length)
    {
        bool isCut = _isSummary && length > 2 * EdgeItems;
        long head = isCut ? EdgeItems : length;
        for (long position = 0; position < head; position++)
        {
            yield return position;
        }

        if (isCut)
        {
            yield return null;
            for (long position = length - EdgeItems; position < length; position++)
            {
                yield return position;
            }
        }
    }

    private long Stride(int axis)
    {
        long stride = 1;
        for (int inner = axis + 1; inner < shape.Rank; inner++)
        {
            stride *= shape[inner];
        }

        return stride;
    }
}
