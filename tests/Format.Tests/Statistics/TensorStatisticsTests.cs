using System.Numerics;
using Cairn.Format.Bundles;
using Cairn.Format.Statistics;
using Cairn.Format.Tensors;
using Cairn.Format.Tests.Rewriting;

namespace Cairn.Format.Tests.Statistics;

public sealed class TensorStatisticsTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly SmallCheckpoint _small = new();

    [Fact]
    public async Task ReadAsync_WhatIsNotFinite_IsCountedAndPassedOver()
    {
        TensorStatistics statistics = await OfAsync(Floats(float.NaN, 0, -0.0f, 3, -1, float.PositiveInfinity, float.NegativeInfinity, float.NaN));

        Assert.Equal((8, 2, 1, 1, 2, 4), (
            statistics.Count, statistics.NaNCount, statistics.PositiveInfinityCount, statistics.NegativeInfinityCount, statistics.ZeroCount, statistics.FiniteCount));
        Assert.Equal((-1.0, 3.0, 0.5), (statistics.Min, statistics.Max, statistics.Mean));
        Assert.Equal(Math.Sqrt(9.0 / 4), statistics.StandardDeviation, 12);
        Assert.Equal(Math.Sqrt(10), statistics.Norm, 12);
    }

    [Fact]
    public async Task ReadAsync_ASmallSpreadAroundALargeMean_InManyBlocks_IsExact()
    {
        double[] values = [.. Enumerable.Range(0, 300_000).Select(i => 1e9 + (i % 3))];

        TensorStatistics statistics = await OfAsync(TensorValue.Of<double>(new TensorShape(values.Length), values));

        Assert.Equal(1e9 + 1, statistics.Mean, 3);
        Assert.Equal(Math.Sqrt(2.0 / 3), statistics.StandardDeviation, 9);
    }

    [Fact]
    public async Task ReadAsync_NothingOrComplex_HasNoOrTwoNumbers()
    {
        Assert.Equal(double.NaN, (await OfAsync(Floats())).Mean);
        Assert.Equal((2, 2.0), ((await OfAsync(TensorValue.Of(TensorShape.Scalar, new Complex(1, 3)))).Count, (await OfAsync(TensorValue.Of(TensorShape.Scalar, new Complex(1, 3)))).Mean));
    }

    [Fact]
    public async Task Histogram_IsThatOfNumpy()
    {
        Assert.Equal([2, 1, 2], (await HistogramAsync(Floats(0, 0.5f, 1, 2, 3, float.NaN), 3)).Counts);
        Assert.Equal([0, 2], (await HistogramAsync(Floats(7, 7), 2)).Counts);
        Assert.Equal([1, 1], (await HistogramAsync(TensorValue.Of(new TensorShape(2), double.MinValue, double.MaxValue), 2)).Counts);
    }

    private static TensorValue Floats(params float[] values) => TensorValue.Of<float>(new TensorShape(values.Length), values);

    private async Task<TensorStatistics> OfAsync(TensorValue value)
    {
        string prefix = $"p{Guid.NewGuid():N}";
        await _small.WriteAsync(prefix, ("v", value));
        return await TensorStatistics.ReadAsync(await _small.OpenAsync(prefix), "v", null, null, Token);
    }

    private async Task<TensorHistogram> HistogramAsync(TensorValue value, int bins)
    {
        string prefix = $"p{Guid.NewGuid():N}";
        await _small.WriteAsync(prefix, ("v", value));
        BundleReader reader = await _small.OpenAsync(prefix);
        TensorStatistics statistics = await TensorStatistics.ReadAsync(reader, "v", null, null, Token);
        return await TensorHistogram.ReadAsync(reader, "v", null, (statistics.Min, statistics.Max), bins, Token);
    }
}
