using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>A tensor of the new checkpoint: its source, and the pieces it is stored in. Pure.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="Slices">The pieces, in order; one null for all of it.</param>
/// <param name="IsCut">The slices follow one another in the whole tensor, from which they are cut; else the source has the same slices.</param>
internal sealed record RewriteTensor(TensorSource Source, ImmutableArray<TensorSlice?> Slices, bool IsCut)
{
    /// <summary>Plans a tensor.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="partitions">The slices that are wanted; null for those of the source.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: it does not have so many rows.</exception>
    public static RewriteTensor Plan(TensorSource source, int? partitions)
    {
        if (partitions is null)
        {
            return source.Slices.IsEmpty ? new RewriteTensor(source, [null], IsCut: false) : new RewriteTensor(source, [.. source.Slices], IsCut: false);
        }

        int count = partitions.Value;
        if (count == 1)
        {
            return new RewriteTensor(source, [null], IsCut: true);
        }

        if (count < 1 || source.Shape.Rank == 0 || source.Shape[0] < count)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"'{source}' cannot be cut into {count} slices along axis 0: give 1 to the number of its rows.");
        }

        // The first ones are a row longer where it does not come out even.
        (long rows, long longer) = Math.DivRem(source.Shape[0], count);
        ImmutableArray<TensorSlice?>.Builder slices = ImmutableArray.CreateBuilder<TensorSlice?>(count);
        for (long number = 0, start = 0; number < count; number++)
        {
            long length = rows + (number < longer ? 1 : 0);
            slices.Add(TensorSlice.Rows(source.Shape, start, length));
            start += length;
        }

        return new RewriteTensor(source, slices.MoveToImmutable(), IsCut: true);
    }

    /// <summary>What is added to the bundle for one piece.</summary>
    public BundleItem ItemOf(TensorSlice? slice, int shardIndex) => new(Source.Name, Source.DType, Source.Shape) { Slice = slice, ShardIndex = shardIndex };

    /// <summary>The bytes of a piece; of strings and variants about as many.</summary>
    public long LengthOf(TensorSlice? slice)
    {
        TensorShape shape = slice?.ShapeIn(Source.Shape) ?? Source.Shape;
        return Source.DType.IsFixedSize()
            ? (long)Int128.Min((Int128)shape.ElementCount * Source.DType.ElementBytes(), long.MaxValue)
            : (long)((Int128)Source.LengthBytes * shape.ElementCount / Math.Max(Source.Shape.ElementCount, 1));
    }
}
