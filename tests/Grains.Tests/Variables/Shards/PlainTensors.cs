using System.Runtime.InteropServices;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;

namespace Cairn.Grains.Tests.Variables.Shards;

/// <summary>Value, shadow and counters of a float variable in plain arrays: what one version of a shard has to equal, bit for bit.</summary>
internal sealed record PlainTensors(float[]? Value, float[]? Shadow, long? NumUpdates, long AverageUpdates)
{
    public static PlainTensors Empty { get; } = new(null, null, null, 0);

    /// <summary>The state after an update; null when it needs values that are not there.</summary>
    public PlainTensors? After(ShardUpdate update, float decay, int length)
    {
        float[] payload = update.Payload is { } bytes ? MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray() : new float[length];
        int offset = (int)(update.OffsetBytes / sizeof(float));
        switch (update.Kind)
        {
            case UpdateKind.Initialise:
                return new PlainTensors(payload, [.. payload], null, 0);
            case UpdateKind.UpdateAverage:
                return Value is null || Shadow is null ? null : this with
                {
                    Shadow = [.. Shadow.Zip(Value, (old, now) => Moved(old, now, decay, update.NumUpdates))],
                    NumUpdates = update.NumUpdates ?? NumUpdates,
                    AverageUpdates = AverageUpdates + 1,
                };
            default:
                float[]? before = update.Part == TensorPart.Value ? Value : Shadow;
                bool isWhole = update.Kind == UpdateKind.Assign && payload.Length == length;
                return before is null && !isWhole ? null : With(update.Part, Combined(before ?? new float[length], payload, offset, update.Kind));
        }
    }

    private static float Moved(float old, float now, float decay, long? updates)
    {
        float used = updates is { } n ? MathF.Min(decay, (1.0f + n) / (10.0f + n)) : decay;
        float difference = old - now;
        difference *= 1.0f - used;
        return old - difference;
    }

    private static float[] Combined(float[] before, float[] payload, int offset, UpdateKind kind)
    {
        float[] after = [.. before];
        for (int i = 0; i < payload.Length; i++)
        {
            float old = after[offset + i];
            after[offset + i] = kind switch
            {
                UpdateKind.AssignAdd => old + payload[i],
                UpdateKind.AssignSub => old - payload[i],
                _ => payload[i],
            };
        }

        return after;
    }

    private PlainTensors With(TensorPart part, float[] values) => part == TensorPart.Value ? this with { Value = values } : this with { Shadow = values };
}
