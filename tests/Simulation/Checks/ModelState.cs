using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Tensors;

namespace Cairn.Simulation.Checks;

/// <summary>The state of a model as it must be, recomputed from logs.</summary>
internal sealed class ModelState(ModelLayout layout)
{
    private readonly Dictionary<(ShardId Shard, TensorPart Part), byte[]> _bytes = [];

    /// <summary>The bytes of a part, or null when it has no value.</summary>
    public byte[]? Find(ShardId shard, TensorPart part) => _bytes.GetValueOrDefault((shard, part));

    /// <summary>Gives a part its bytes.</summary>
    public void Set(ShardId shard, TensorPart part, byte[] bytes) => _bytes[(shard, part)] = bytes;

    /// <summary>A copy.</summary>
    public ModelState Copy()
    {
        ModelState copy = new(layout);
        foreach (((ShardId Shard, TensorPart Part) key, byte[] bytes) in _bytes)
        {
            copy._bytes.Add(key, [.. bytes]);
        }

        return copy;
    }

    /// <summary>Carries an update out.</summary>
    public void Apply(LoggedUpdate update)
    {
        VariableDefinition variable = layout.Of(update.Shard);
        int length = (int)variable.BytesOf(update.Shard.Index);
        if (update.Kind == UpdateKind.Initialise)
        {
            Set(update.Shard, TensorPart.Value, new byte[length]);
            if (variable.Average is not null)
            {
                Set(update.Shard, TensorPart.Shadow, new byte[length]);
            }

            return;
        }

        if (Find(update.Shard, TensorPart.Value) is not { } value)
        {
            return;
        }

        switch (update.Kind)
        {
            case UpdateKind.Assign:
                update.Payload!.CopyTo(value, update.OffsetBytes);
                break;
            case UpdateKind.AssignAdd:
                Span<long> target = MemoryMarshal.Cast<byte, long>(value.AsSpan(update.OffsetBytes, update.Payload!.Length));
                TensorPrimitives.Add(target, MemoryMarshal.Cast<byte, long>(update.Payload), target);
                break;
            case UpdateKind.UpdateAverage:
                Average(MemoryMarshal.Cast<byte, float>(Find(update.Shard, TensorPart.Shadow).AsSpan()), MemoryMarshal.Cast<byte, float>(value.AsSpan()), variable, update.NumUpdates);
                break;
            default:
                throw new NotSupportedException($"{update.Kind} is in no story.");
        }
    }

    // As tf.train.ExponentialMovingAverage: shadow -= (1 - d) * (shadow - value), all in float32.
    private static void Average(Span<float> shadow, ReadOnlySpan<float> value, VariableDefinition variable, long? numUpdates)
    {
        float decay = variable.Average!.Decay;
        if (numUpdates is { } n)
        {
            decay = Math.Min(decay, (1.0f + n) / (10.0f + n));
        }

        float weight = 1.0f - decay;
        for (int i = 0; i < shadow.Length; i++)
        {
            shadow[i] -= weight * (shadow[i] - value[i]);
        }
    }
}
