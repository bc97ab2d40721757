using System.Globalization;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>TensorFlow's <c>shape_and_slices</c> strings: <c>3 2 0,2:0,2</c> is rows 0 and 1 of a [3,2] tensor, the empty string is all of any
/// tensor.</summary>
/// <param name="FullShape">The shape of the whole tensor.</param>
/// <param name="Slice">The slice.</param>
public sealed record SliceSpec(TensorShape FullShape, TensorSlice Slice)
{
    /// <summary>Parses a specification; null for the empty string.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: it is none.</exception>
    public static SliceSpec? Parse(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2)
        {
            throw Bad($"Need least two elements in shape_and_slice specification: {text}");
        }

        long[] dimensions = new long[words.Length - 1];
        for (int axis = 0; axis < dimensions.Length; axis++)
        {
            if (!TryParse(words[axis], out dimensions[axis]))
            {
                throw Bad($"Non numerical dimension in shape_and_slice: {text}");
            }
        }

        if (dimensions.Length > TensorShape.RankMax || TensorShape.CountElements(dimensions) is null)
        {
            throw Bad($"The shape in shape_and_slice is not a valid shape: {text}");
        }

        var shape = new TensorShape(dimensions);
        var slice = new TensorSlice([.. words[^1].Split(':').Select(word => ParseExtent(word, text))]);
        if (slice.Extents.Length != shape.Rank)
        {
            throw Bad($"The slice of '{text}' has {slice.Extents.Length} axes, its shape {shape} has {shape.Rank}.");
        }

        SliceBox.Resolve(slice, shape, text);
        return new SliceSpec(shape, slice);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{string.Join(' ', FullShape.Dimensions)} {Slice}";

    private static SliceExtent ParseExtent(string word, string text)
    {
        if (word == "-")
        {
            return SliceExtent.Full;
        }

        string[] pair = word.Split(',');
        if (pair.Length != 2 || !TryParse(pair[0], out long start) || !TryParse(pair[1], out long length))
        {
            throw Bad($"Expected a pair of numbers or '-' but got '{word}': string = {text}");
        }

        return start >= 0 && length > 0
            ? new SliceExtent(start, length)
            : throw Bad($"Expected non-negative start and positive length but got start = {start}, length = {length}: string = {text}");
    }

    private static bool TryParse(string word, out long value) => long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static CheckpointException Bad(string message) => new(CheckpointError.InvalidArgument, message);
}
