using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Records;

/// <summary>Keeps a record within its length, so that what was begun can always be ended. Pure.</summary>
internal static class RecordRoom
{
    /// <summary>The longest record with which a save begins, old outcomes aside. What ends the save takes less than the rest: its files get ETags, an outcome
    /// and a deletion are added.</summary>
    public const int BeginLengthBytesMax = RecordCodec.LengthBytesMax / 2;

    /// <summary>The record as it can be written: where it is too long, the oldest outcomes go first (the newest stays), then the oldest deletions, whose files
    /// then stay.</summary>
    public static CoordinatorRecord Fit(CoordinatorRecord record)
    {
        while (RecordCodec.LengthBytesOf(record) > RecordCodec.LengthBytesMax)
        {
            if (record.Requests.Length > 1)
            {
                record = record with { Requests = record.Requests.RemoveRange(0, record.Requests.Length / 2) };
            }
            else if (!record.Deletions.IsEmpty)
            {
                record = record with { Deletions = record.Deletions.RemoveRange(0, (record.Deletions.Length + 1) / 2) };
            }
            else
            {
                break; // The codec refuses it.
            }
        }

        return record;
    }

    /// <summary>Refuses to begin a save that the record might not have the room to end.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>.</exception>
    public static CoordinatorRecord RequireRoom(CoordinatorRecord record)
    {
        long lengthBytes = RecordCodec.LengthBytesOf(record with { Requests = [] });
        return lengthBytes <= BeginLengthBytesMax
            ? record
            : throw new CheckpointException(
                CheckpointError.LimitExceeded,
                $"The record of model '{record.Model}' would have {lengthBytes} bytes with the save of '{record.Attempt?.Prefix}', {BeginLengthBytesMax} at "
                    + "most: map fewer names in one save, keep fewer checkpoints (max_to_keep), or save into fewer folders.");
    }
}
