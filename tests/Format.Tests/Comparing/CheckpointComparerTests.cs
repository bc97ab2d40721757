using System.Collections.Immutable;
using System.Numerics;
using Cairn.Format.Comparing;
using Cairn.Format.Tensors;
using Cairn.Format.Tests.Rewriting;

namespace Cairn.Format.Tests.Comparing;

public sealed class CheckpointComparerTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly SmallCheckpoint _small = new();

    [Fact]
    public async Task CompareAsync_EachKindOfDifference_IsFound()
    {
        await _small.WriteAsync("a", ("gone", Floats(1)), ("type", Floats(1)), ("shape", Floats(1)), ("value", Floats(3, 4)), ("same", Floats(1)));
        await _small.WriteAsync(
            "b", ("new", Floats(1)), ("type", TensorValue.Of(new TensorShape(2), 1, 2)), ("shape", Floats(1, 2)), ("value", Floats(3, 4.5f)), ("same", Floats(1)));

        ImmutableArray<TensorDifference> differences = await CompareAsync();

        Assert.Equal(["Removed gone", "Added new", "Retyped type", "Reshaped shape", "Changed value"], differences.Select(one => $"{one.Kind} {one.Name}"));
        Assert.Equal(new ValueDifference(2, 1, 0, 0.5, 0.1), differences[^1].Values);
    }

    [Fact]
    public async Task CompareAsync_WhatIsNotFinite_IsCountedApart()
    {
        await _small.WriteAsync("a", ("v", Floats(float.NaN, 1, float.PositiveInfinity, 0)));
        await _small.WriteAsync("b", ("v", Floats(float.NaN, float.NaN, 2, -0.0f)));

        Assert.Equal(new ValueDifference(4, 3, 2, 0, 0), Assert.Single(await CompareAsync()).Values);
        Assert.Single(await CompareAsync(new ComparisonOptions { DeltaMax = 1 }));
    }

    [Fact]
    public async Task CompareAsync_LongIntegersBeyondDoubles_AreSubtractedExactly()
    {
        await _small.WriteAsync("a", ("v", TensorValue.Of(TensorShape.Scalar, long.MaxValue)), ("c", TensorValue.Of(TensorShape.Scalar, new Complex(0, 0))));
        await _small.WriteAsync("b", ("v", TensorValue.Of(TensorShape.Scalar, long.MaxValue - 1)), ("c", TensorValue.Of(TensorShape.Scalar, new Complex(3, 4))));

        ImmutableArray<TensorDifference> differences = await CompareAsync();

        Assert.Equal([5.0, 1.0], differences.Select(one => one.Values!.DeltaMax));
        Assert.Equal(double.PositiveInfinity, differences[0].Values!.RelativeNorm);
    }

    [Fact]
    public async Task CompareAsync_StringsAndTolerance_SayTheSame()
    {
        await _small.WriteAsync("a", ("s", TensorValue.OfStrings(new TensorShape(2), "x", "y")), ("v", Floats(1)), ("x/v", Floats(1)));
        await _small.WriteAsync("b", ("s", TensorValue.OfStrings(new TensorShape(2), "x", "z")), ("v", Floats(1.01f)), ("x/v", Floats(9)));
        ComparisonOptions options = new() { DeltaMax = 0.1, Filter = name => !name.StartsWith("x/", StringComparison.Ordinal) };

        TensorDifference difference = Assert.Single(await CompareAsync(options));

        Assert.Equal(("s", new ValueDifference(2, 1, 0, 0, 0)), (difference.Name, difference.Values!));
    }

    [Fact]
    public async Task CompareAsync_ByChecksum_DoesNotReadWhatIsEqual()
    {
        await _small.WriteAsync("a", ("v", Floats(1)));
        await _small.WriteAsync("b", ("v", Floats(1)));
        await _small.Store.DeleteAsync("b.data-00000-of-00001", null, Token);

        Assert.Empty(await CompareAsync(new ComparisonOptions { TrustsChecksums = true }));
    }

    private static TensorValue Floats(params float[] values) => TensorValue.Of<float>(new TensorShape(values.Length), values);

    private async Task<ImmutableArray<TensorDifference>> CompareAsync(ComparisonOptions? options = null) =>
        await CheckpointComparer.CompareAsync(await _small.OpenAsync("a"), await _small.OpenAsync("b"), options, Token);
}
