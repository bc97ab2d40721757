using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Retention;

/// <summary>Checkpoints that nothing deletes or replaces, by their owner's word. Pure.</summary>
internal static class PinRules
{
    /// <summary>How many a model may have pinned: each is kept in its record.</summary>
    public const int PinsMax = 1000;

    /// <summary>The record with the checkpoint pinned; an eviction of it that was not carried out is dropped. A repeat changes nothing.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: it is being saved. <see cref="CheckpointError.LimitExceeded"/>: too many
    /// are pinned.</exception>
    public static CoordinatorRecord Pin(CoordinatorRecord record, string prefix)
    {
        if (record.Pins.Contains(prefix))
        {
            return record;
        }

        if (record.Attempt?.Prefix == prefix)
        {
            throw new CheckpointException(CheckpointError.TryAgain, $"'{prefix}' is being saved by model '{record.Model}'; pin it when it is.");
        }

        return record.Pins.Length < PinsMax
            ? record with { Pins = record.Pins.Add(prefix), Deletions = record.Deletions.RemoveAll(entry => entry.IndexETag is not null && entry.Prefix == prefix) }
            : throw new CheckpointException(
                CheckpointError.LimitExceeded, $"Model '{record.Model}' has {PinsMax} checkpoints pinned, as many as it may: unpin one before '{prefix}'.");
    }

    /// <summary>The record without the pin. A repeat changes nothing.</summary>
    public static CoordinatorRecord Unpin(CoordinatorRecord record, string prefix) =>
        record.Pins.Contains(prefix) ? record with { Pins = record.Pins.Remove(prefix) } : record;

    /// <summary>Refuses to replace a checkpoint that is pinned.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>.</exception>
    public static void RequireUnpinned(CoordinatorRecord record, string prefix)
    {
        if (record.Pins.Contains(prefix))
        {
            throw new CheckpointException(
                CheckpointError.AlreadyExists,
                $"Checkpoint '{prefix}' of model '{record.Model}' is pinned and is not replaced: save under another prefix, or unpin it first.");
        }
    }
}
