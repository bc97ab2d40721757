using System.Collections.Immutable;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Silos;

namespace Cairn.Grains.Tests.Variables;

/// <summary>Boxes of random tensors against one element at a time, read in pieces of any length.</summary>
public sealed class BoxOverlapTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 200)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Copy_OfRandomBoxes_LaysEveryCommonElementInItsPlace(int seed)
    {
        var random = new Random(seed);
        int rank = random.Next(5);
        long[] full = [.. Enumerable.Range(0, rank).Select(_ => random.NextInt64(1, 7))];
        (ImmutableArray<long> sourceStart, ImmutableArray<long> sourceShape) = BoxIn(random, full);
        (ImmutableArray<long> targetStart, ImmutableArray<long> targetShape) = BoxIn(random, full);
        byte[] source = [.. Elements(full, sourceStart, sourceShape).SelectMany(element => new[] { (byte)element, (byte)(element >> 8) })];
        long[] wanted = [.. Elements(full, targetStart, targetShape)];
        var held = Elements(full, sourceStart, sourceShape).ToHashSet();
        PageRun target = PageRun.Rent(new PagePool(1 << 20), 0, wanted.Length * 2);
        target.CopyFrom(0, Enumerable.Repeat((byte)255, wanted.Length * 2).ToArray());

        var overlap = new BoxOverlap(sourceStart, sourceShape, targetStart, targetShape, elementBytes: 2);
        for (int offset = 0; offset < source.Length;)
        {
            int length = Math.Min(source.Length - offset, random.Next(1, 9) * 2);
            overlap.Copy(offset, source.AsSpan(offset, length), target);
            offset += length;
        }

        Assert.Equal(wanted.Count(held.Contains), overlap.ElementCount);
        var laid = new byte[wanted.Length * 2];
        target.CopyTo(0, laid);
        IEnumerable<int> expected = wanted.Select(element => held.Contains(element) ? (int)element : 0xFFFF);
        Assert.Equal(expected, Enumerable.Range(0, wanted.Length).Select(i => laid[i * 2] | (laid[(i * 2) + 1] << 8)));
    }

    private static (ImmutableArray<long> Start, ImmutableArray<long> Shape) BoxIn(Random random, long[] full)
    {
        var start = ImmutableArray.CreateBuilder<long>();
        var shape = ImmutableArray.CreateBuilder<long>();
        foreach (long dimension in full)
        {
            bool isWhole = random.Next(2) == 0;
            long from = isWhole ? 0 : random.NextInt64(dimension);
            start.Add(from);
            shape.Add(isWhole ? dimension : random.NextInt64(1, dimension - from + 1));
        }

        return (start.ToImmutable(), shape.ToImmutable());
    }

    /// <summary>The numbers of the elements of a box in the full tensor, row-major.</summary>
    private static IEnumerable<long> Elements(long[] full, ImmutableArray<long> start, ImmutableArray<long> shape)
    {
        IEnumerable<long> elements = [0];
        for (int axis = 0; axis < full.Length; axis++)
        {
            long dimension = full[axis];
            long from = start[axis];
            long count = shape[axis];
            elements = elements.SelectMany(element => Enumerable.Range((int)from, (int)count).Select(index => (element * dimension) + index));
        }

        return elements;
    }
}
