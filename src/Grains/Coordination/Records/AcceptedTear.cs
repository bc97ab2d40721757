using System.Collections.Immutable;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Records;

/// <summary>A step that was given up when some of its updates were done, and accepted as it was.</summary>
/// <param name="Session">The session's name.</param>
/// <param name="Incarnation">The incarnation of its process.</param>
/// <param name="Step">The step.</param>
/// <param name="Stamp">What it was stamped with: it is in part in every checkpoint of a later cut.</param>
internal sealed record AcceptedTear(string Session, Guid Incarnation, long Step, SaveStamp Stamp)
{
    /// <summary>How many a lineage may have: each is in the record and in every later sidecar.</summary>
    public const int CountMax = 1000;

    /// <summary>Those that are in part in a checkpoint of <paramref name="cut"/>.</summary>
    public static ImmutableArray<AcceptedTear> Before(ImmutableArray<AcceptedTear> tears, SaveStamp cut) => [.. tears.Where(tear => tear.Stamp.IsBefore(cut))];

    /// <summary>The record with one more. A repeat changes nothing.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: there are too many.</exception>
    public static CoordinatorRecord Accept(CoordinatorRecord record, AcceptedTear tear)
    {
        if (record.Tears.Any(known => known.Incarnation == tear.Incarnation && known.Step == tear.Step))
        {
            return record;
        }

        return record.Tears.Length < CountMax
            ? record with { Tears = record.Tears.Add(tear) }
            : throw new CheckpointException(
                CheckpointError.LimitExceeded,
                $"Model '{record.Model}' has accepted {CountMax} torn steps, as many as a lineage may have: step {tear.Step} of session '{tear.Session}' is not.");
    }
}
