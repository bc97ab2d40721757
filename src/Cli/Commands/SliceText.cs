using System.Globalization;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Commands;

/// <summary>A slice as numpy spells it: <c>0:10,:</c>, <c>-1</c>, <c>...,0</c>. Steps are not there.</summary>
/// <param name="Slice">What is read.</param>
/// <param name="Shape">The shape that is shown: an axis with one index and no colon is gone.</param>
internal sealed record SliceText(TensorSlice Slice, TensorShape Shape)
{
    private const string Rest = "...";

    /// <summary>Reads a slice of a tensor of shape <paramref name="full"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: it is none, or does not fit.</exception>
    public static SliceText Parse(string text, TensorShape full)
    {
        List<string> axes = [.. text.Trim().TrimStart('[').TrimEnd(']').Split(',', StringSplitOptions.TrimEntries)];
        int rest = axes.IndexOf(Rest);
        if (rest >= 0)
        {
            axes.RemoveAt(rest);
        }

        if (axes.Count > full.Rank || axes.Contains(Rest))
        {
            throw Bad(text, full, $"it has {axes.Count} axes");
        }

        // Axes that are not named are whole: at the end, or where the three dots are.
        axes.InsertRange(rest >= 0 ? rest : axes.Count, Enumerable.Repeat(":", full.Rank - axes.Count));
        List<SliceExtent> extents = [];
        List<long> shown = [];
        for (int axis = 0; axis < full.Rank; axis++)
        {
            (long start, long end, bool isIndex) = ParseAxis(axes[axis], full[axis]) ?? throw Bad(text, full, $"'{axes[axis]}' is not START:STOP or an index");
            if (isIndex && end > full[axis])
            {
                throw Bad(text, full, $"axis {axis} has no index {axes[axis]}");
            }

            extents.Add(new SliceExtent(start, Math.Max(0, end - start)));
            if (!isIndex)
            {
                shown.Add(Math.Max(0, end - start));
            }
        }

        return new SliceText(new TensorSlice([.. extents]), new TensorShape([.. shown]));
    }

    private static (long Start, long End, bool IsIndex)? ParseAxis(string text, long length)
    {
        string[] ends = text.Split(':', StringSplitOptions.TrimEntries);
        if (ends.Length == 1)
        {
            return TryEnd(ends[0], length, null) is { } index and >= 0 ? (index, index + 1, true) : null;
        }

        long? start = TryEnd(ends[0], length, 0);
        long? stop = TryEnd(ends[1], length, length);
        return ends.Length == 2 && start is { } from && stop is { } to ? (Math.Clamp(from, 0, length), Math.Clamp(to, 0, length), false) : null;
    }

    // A negative one counts from the end.
    private static long? TryEnd(string text, long length, long? absent) => text.Length == 0
        ? absent
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long index) ? (index < 0 ? index + length : index) : null;

    private static CheckpointException Bad(string text, TensorShape full, string reason) =>
        new(CheckpointError.InvalidArgument, $"'--slice {text}' is no slice of a tensor {full}: {reason}. Such as 0:10,: or -1 (no steps).");
}
