using System.Collections.Concurrent;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;

namespace Cairn.Client.Transport;

/// <summary>Knows which variables have a value in every shard, so that an update that needs one is refused whole: when some shards move and one refuses, the
/// step
/// is torn and the model is rolled back. A value once given stays for its generation, so that each variable is asked about once in it.</summary>
internal sealed class InitialisedParts(ShardTransport shards, int callsMax)
{
    private ConcurrentDictionary<Known, bool> _known = new();

    /// <summary>Refuses when a shard of <paramref name="variables"/> has no value for <paramref name="kind"/> to work on.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Uninitialised"/>: it names all such variables.</exception>
    public async Task RequireAsync(IReadOnlyCollection<Variable> variables, UpdateKind kind, long generation, CancellationToken cancellationToken)
    {
        // One shard refuses by itself before it changes anything.
        if (variables.Sum(variable => (long)variable.ShardCount) <= 1)
        {
            return;
        }

        ConcurrentDictionary<Known, bool> known = _known;
        bool isAverage = kind == UpdateKind.UpdateAverage;
        Variable[] asked = [.. variables.Where(variable => !known.ContainsKey(new Known(variable, isAverage, generation)))];
        if (asked.Length == 0)
        {
            return;
        }

        var empty = new ConcurrentDictionary<Variable, bool>();
        var unsure = new ConcurrentDictionary<Variable, bool>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = callsMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ShardsOf(asked), options, async (target, token) =>
        {
            ShardReport report = await shards.ReportAsync(target.Shard, token).ConfigureAwait(false);
            if (!report.IsAdmitted || report.Generation != generation)
            {
                unsure[target.Variable] = true; // It is moving or was restored: the update itself finds out.
            }
            else if (!IsReady(target.Variable, isAverage, report))
            {
                empty[target.Variable] = true;
            }
        }).ConfigureAwait(false);

        if (!empty.IsEmpty)
        {
            throw Refused([.. asked.Where(empty.ContainsKey)], kind);
        }

        Remember(asked.Where(variable => !unsure.ContainsKey(variable)).Select(variable => new Known(variable, isAverage, generation)), generation);
    }

    /// <summary>Forgets everything: the model was deleted, and its generations may come again.</summary>
    public void Forget() => _known = new();

    private void Remember(IEnumerable<Known> fresh, long generation)
    {
        ConcurrentDictionary<Known, bool> known = _known;
        foreach (Known older in known.Keys.Where(key => key.Generation < generation))
        {
            known.TryRemove(older, out _);
        }

        foreach (Known each in fresh)
        {
            known[each] = true;
        }
    }

    private static IEnumerable<(Variable Variable, ShardId Shard)> ShardsOf(IEnumerable<Variable> variables) =>
        from variable in variables
        from shard in Enumerable.Range(0, variable.ShardCount)
        select (variable, new ShardId(variable.Model.Name, variable.Definition.Name, shard));

    private static bool IsReady(Variable variable, bool isAverage, ShardReport report) => isAverage
        ? report.ValueInitialised && report.ShadowInitialised
        : variable.Part == TensorPart.Value ? report.ValueInitialised : report.ShadowInitialised;

    private static CheckpointException Refused(IReadOnlyCollection<Variable> empty, UpdateKind kind) => new(CheckpointError.Uninitialised,
        $"{kind} was not sent: of model '{empty.First().Model.Name}', {string.Join(", ", empty.Select(variable => $"'{variable.Name}'"))} " +
            $"{(empty.Count == 1 ? "has" : "have")} no value{(kind == UpdateKind.UpdateAverage ? " or no average" : "")} yet; call InitializeAsync or restore " +
            $"a checkpoint first.");

    private readonly record struct Known(Variable Variable, bool IsAverage, long Generation);
}
