using System.Collections.Immutable;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Records;

/// <summary>What the record says of steps that were given up: first that they are being given up, then what came of it. Pure.</summary>
internal static class TearRules
{
    /// <summary>The record with a step that is being given up: whoever comes after this coordinator asks the shards again. A repeat changes nothing.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: too many are undecided.</exception>
    public static CoordinatorRecord Begin(CoordinatorRecord record, AbandonedStep step)
    {
        if (record.Endings.Any(step.IsSame))
        {
            return record;
        }

        return record.Endings.Length < AbandonedStep.CountMax
            ? record with { Endings = record.Endings.Add(step) }
            : throw new CheckpointException(
                CheckpointError.LimitExceeded,
                $"{record.Endings.Length} steps of model '{record.Model}' are being given up already, '{record.Endings[0].Session}' first: see why their shards "
                    + "do not answer.");
    }

    /// <summary>The record once it is known that no shard holds an update of the step.</summary>
    public static CoordinatorRecord Drop(CoordinatorRecord record, AbandonedStep step) =>
        record.Endings.Any(step.IsSame) ? record with { Endings = record.Endings.RemoveAll(step.IsSame) } : record;

    /// <summary>Whether one more torn step may be accepted.</summary>
    public static bool MayAccept(CoordinatorRecord record, AbandonedStep step) => record.Tears.Length < AbandonedStep.CountMax || record.Tears.Any(step.IsSame);

    /// <summary>The record once a step is accepted as it is, torn. A repeat changes nothing.</summary>
    public static CoordinatorRecord Accept(CoordinatorRecord record, AbandonedStep step)
    {
        CoordinatorRecord decided = Drop(record, step);
        return record.Tears.Any(step.IsSame) ? decided : decided with { Tears = record.Tears.Add(step) };
    }

    /// <summary>The torn steps that are in part in a checkpoint of <paramref name="cut"/>.</summary>
    public static ImmutableArray<AbandonedStep> Before(ImmutableArray<AbandonedStep> tears, SaveStamp cut) => [.. tears.Where(tear => tear.Stamp.IsBefore(cut))];
}
