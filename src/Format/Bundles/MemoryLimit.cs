using Cairn.Format.Errors;

namespace Cairn.Format.Bundles;

/// <summary>Sizes meet their limit before memory is asked for them.</summary>
internal static class MemoryLimit
{
    /// <summary>Refuses <paramref name="neededBytes"/> over <paramref name="limitBytes"/>, or over what one array can hold.</summary>
    public static void Check(string name, Int128 neededBytes, long limitBytes)
    {
        long limit = Math.Min(limitBytes, Array.MaxLength);
        if (neededBytes > limit)
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded,
                $"'{name}' would take {neededBytes} bytes of memory, over the limit of {limit}; read it in row ranges, or raise the limit (TensorBytesMax).");
        }
    }
}
