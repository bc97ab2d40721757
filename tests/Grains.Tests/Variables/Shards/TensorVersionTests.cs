using System.Runtime.InteropServices;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Tests.Variables.Shards;

/// <summary>A shard with too few pages against plain arrays: an update is whole or does not happen, and no page is lost.</summary>
public sealed class TensorVersionTests
{
    private const int Length = 300_000;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AnyUpdates_WithTooFewPages_AreWholeOrRefused_AndLeakNothing(int seed)
    {
        var random = new Random(seed);
        var pool = new PagePool(random.Next(5, 12) << 20);
        var tensors = new TensorVersion(pool, new ShardId("m", "v", 0), Definitions.Floats(hasAverage: true, decay: 0.5f, shape: [Length]));
        float[]? value = null;
        float[]? shadow = null;
        var frozen = new Queue<(PageRun? Value, PageRun? Shadow)>();

        for (int i = 0; i < 40; i++)
        {
            int kind = random.Next(7);
            int offset = kind == 3 ? 0 : random.Next(Length);
            float[] payload = [.. Enumerable.Repeat(random.Next(100) * 1.0f, kind is 0 or 1 ? Length : random.Next(1, Length - offset + 1))];
            bool applied = kind switch
            {
                0 => TryApply(pool, tensors, UpdateKind.Initialise, 0, payload),
                1 => TryApply(pool, tensors, UpdateKind.Assign, 0, payload),
                2 => TryApply(pool, tensors, UpdateKind.Assign, offset, payload),
                3 or 4 => TryApply(pool, tensors, UpdateKind.AssignAdd, offset, payload),
                5 => TryApply(pool, tensors, UpdateKind.UpdateAverage, 0, null),
                _ => Freeze(tensors, frozen, random),
            };
            if (applied)
            {
                Follow(kind, offset, payload, ref value, ref shadow);
            }

            AssertHolds(tensors, TensorPart.Value, value, $"seed {seed}, step {i}");
            AssertHolds(tensors, TensorPart.Shadow, shadow, $"seed {seed}, step {i}");
        }

        tensors.Clear();
        while (frozen.TryDequeue(out (PageRun? Value, PageRun? Shadow) version))
        {
            version.Value?.Release();
            version.Shadow?.Release();
        }

        Assert.Equal((0L, 0L), (pool.UsedBytes, pool.UsedPages));
    }

    [Theory]
    [InlineData(TensorDType.Bool)]
    [InlineData(TensorDType.QUInt8)]
    [InlineData(TensorDType.Float8E4M3FN)]
    public void AssignAdd_OfATypeThatIsNotAdded_IsRefusedWithTheRemedy(TensorDType dtype)
    {
        var pool = new PagePool(4 << 20);
        var variable = new VariableDefinition("flags", dtype, new TensorShape(4), 1, false, [0], null);
        var tensors = new TensorVersion(pool, new ShardId("m", "flags", 0), variable);
        tensors.Apply(Update(UpdateKind.Initialise), null);
        PageRun body = PageRun.Rent(pool, 0, 4);

        CheckpointException refusal = Assert.Throws<CheckpointException>(() => tensors.Apply(Update(UpdateKind.AssignAdd), body));

        Assert.Equal(CheckpointError.InvalidArgument, refusal.Error);
        Assert.Contains($"'flags' is {dtype.ShortName()}, which cannot be added", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Assign whole values", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UpdateAverage_OfAVariableWithoutOne_SaysSo()
    {
        var tensors = new TensorVersion(new PagePool(4 << 20), new ShardId("m", "v", 0), Definitions.Floats());
        tensors.Apply(Update(UpdateKind.Initialise), null);

        Assert.Equal(CheckpointError.NotFound, Assert.Throws<CheckpointException>(() => tensors.Apply(Update(UpdateKind.UpdateAverage), null)).Error);
    }

    private static void Follow(int kind, int offset, float[] payload, ref float[]? value, ref float[]? shadow)
    {
        switch (kind)
        {
            case 0:
                value = [.. payload];
                shadow = [.. payload];
                break;
            case 1:
                value = [.. payload];
                break;
            case 2:
                payload.CopyTo(value!, offset);
                break;
            case 3 or 4:
                for (int i = 0; i < payload.Length; i++)
                {
                    value![offset + i] += payload[i];
                }

                break;
            case 5:
                shadow = [.. shadow!.Zip(value!, (old, now) => old - ((old - now) * 0.5f))];
                break;
        }
    }

    private static bool Freeze(TensorVersion tensors, Queue<(PageRun? Value, PageRun? Shadow)> frozen, Random random)
    {
        if (random.Next(2) == 0 && frozen.TryDequeue(out (PageRun? Value, PageRun? Shadow) oldest))
        {
            oldest.Value?.Release();
            oldest.Shadow?.Release();
        }
        else
        {
            frozen.Enqueue(tensors.Freeze());
        }

        return false;
    }

    private static bool TryApply(PagePool pool, TensorVersion tensors, UpdateKind kind, int offset, float[]? payload)
    {
        PageRun? body = null;
        try
        {
            if (payload is not null)
            {
                body = PageRun.Rent(pool, offset * sizeof(float), payload.Length * sizeof(float));
                body.CopyFrom(offset * sizeof(float), MemoryMarshal.AsBytes(payload.AsSpan()));
            }

            tensors.Apply(Update(kind), body);
            return true;
        }
        catch (CheckpointException refusal) when (refusal.Error is CheckpointError.LimitExceeded or CheckpointError.Uninitialised)
        {
            return false;
        }
        finally
        {
            body?.Release();
        }
    }

    private static void AssertHolds(TensorVersion tensors, TensorPart part, float[]? expected, string place)
    {
        Assert.Equal(expected is not null, part == TensorPart.Value ? tensors.IsValueInitialised : tensors.IsShadowInitialised);
        if (expected is not null)
        {
            byte[] bytes = tensors.Read(part, 0, Length * sizeof(float));
            Assert.True(MemoryMarshal.Cast<byte, float>(bytes.AsSpan()).SequenceEqual(expected), $"{part} at {place}");
        }
    }

    private static ShardUpdate Update(UpdateKind kind) => new(Guid.Empty, default, default, kind, TensorPart.Value, 0, null, null, null);
}
