using System.Collections.Immutable;
using Cairn.Grains.Variables.Silos;

namespace Cairn.Grains.Tests.Variables;

public sealed class DisjointBoxesTests
{
    [Fact]
    public void FindOverlap_OfRandomBoxes_SaysWhatCountingElementsSays()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            int rank = random.Next(0, 4);
            List<(ImmutableArray<long> Start, ImmutableArray<long> Shape)> boxes =
                [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => (Numbers(random, rank, 0, 6), Numbers(random, rank, 0, 4)))];
            bool overlap = boxes.SelectMany(ElementsOf).GroupBy(element => element).Any(group => group.Count() > 1);

            Assert.True(DisjointBoxes.FindOverlap(boxes) is not null == overlap, $"seed {seed}");
        }
    }

    [Fact]
    public void FindOverlap_OfManySlicesAlongOneAxis_IsQuick()
    {
        List<(ImmutableArray<long>, ImmutableArray<long>)> boxes =
            [.. Enumerable.Range(0, 100_000).Select(i => (ImmutableArray.Create(0L, i), ImmutableArray.Create(10L, 1)))];

        Assert.Null(DisjointBoxes.FindOverlap(boxes));
    }

    private static ImmutableArray<long> Numbers(Random random, int rank, int from, int to) =>
        [.. Enumerable.Range(0, rank).Select(_ => (long)random.Next(from, to))];

    private static IEnumerable<string> ElementsOf((ImmutableArray<long> Start, ImmutableArray<long> Shape) box)
    {
        IEnumerable<string> elements = [""];
        for (int axis = 0; axis < box.Start.Length; axis++)
        {
            int place = axis;
            elements = [.. elements.SelectMany(prefix => Enumerable.Range(0, (int)box.Shape[place]).Select(i => $"{prefix},{box.Start[place] + i}"))];
        }

        return elements;
    }
}
