using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Records;

/// <summary>Everything about one model that outlives its coordinator: one JSON object at <c>_cairn/models/NAME</c>, changed only by compare-and-swap
/// (docs/protocol.md has its grammar).</summary>
/// <param name="Version">The version of this format.</param>
/// <param name="Writer">The activation that wrote it last; with <paramref name="Revision"/> it tells a lost response of one's own from somebody else's
/// write.</param>
/// <param name="Revision">Counts the writes.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Cluster">The cluster that owns the model.</param>
/// <param name="Generation">The lineage number of the live state; 0 before the model was first defined.</param>
/// <param name="Epoch">Raised by every fresh coordinator.</param>
/// <param name="IsDeleted">A tombstone: the model is gone, its numbers stay.</param>
/// <param name="Definition">Where the definition is, or null when nothing is defined.</param>
/// <param name="Base">What a rollback loads, or null.</param>
/// <param name="Lineage">The ancestors of the live state, oldest generation first.</param>
/// <param name="Attempt">The save that is not resolved, or null.</param>
/// <param name="Broken">Prefixes whose files were changed under a commit.</param>
/// <param name="Deletions">What is to be deleted.</param>
/// <param name="Requests">How the requests of the last hour ended, oldest first.</param>
/// <param name="Savers">What each saver keeps.</param>
/// <param name="Folders">Folders that the model has claimed or is about to claim.</param>
/// <param name="Pins">Checkpoints that nothing deletes or replaces until they are unpinned.</param>
/// <param name="Tears">Steps that are in the live state in part, and accepted as such.</param>
/// <param name="Endings">Steps that are being given up: not every shard has said yet whether it holds an update of them.</param>
/// <param name="Sessions">The sessions of this generation, the one opened or ended last at the end; null while it is not known how far they had come in the
/// state that is being loaded.</param>
/// <param name="Held">Why the live state was lost and nothing was loaded in its place, or null.</param>
internal sealed record CoordinatorRecord(
    int Version,
    Guid Writer,
    long Revision,
    string Model,
    string Cluster,
    long Generation,
    long Epoch,
    bool IsDeleted,
    DefinitionAddress? Definition,
    RestorePlan? Base,
    ImmutableArray<SaveStamp> Lineage,
    SaveAttempt? Attempt,
    ImmutableArray<BrokenPrefix> Broken,
    ImmutableArray<Deletion> Deletions,
    ImmutableArray<RequestOutcome> Requests,
    ImmutableArray<SaverHistory> Savers,
    ImmutableArray<string> Folders,
    ImmutableArray<string> Pins,
    ImmutableArray<AbandonedStep> Tears,
    ImmutableArray<AbandonedStep> Endings,
    ImmutableArray<KnownSession>? Sessions,
    string? Held)
{
    /// <summary>The version that this program reads and writes.</summary>
    public const int VersionCurrent = 1;

    /// <summary>How many generations back the ancestors are known; what is older is never taken for abandoned.</summary>
    public const int LineageMax = 256;

    /// <summary>How many outcomes are kept, so that a client that floods the model cannot grow its record without end.</summary>
    public const int RequestsMax = 1000;

    /// <summary>The longest cause that is kept, in characters.</summary>
    public const int CauseLengthMax = 2048;

    /// <summary>For how long a request may be repeated and get its old outcome.</summary>
    public static readonly TimeSpan RequestAgeMax = TimeSpan.FromHours(1);

    /// <summary>Whether a rollback needs more than one checkpoint, or one that nothing keeps for this model: a save of everything is due.</summary>
    public bool OwesSave => Base is { } plan && (!plan.Subsets.IsEmpty || !Folders.Contains(new CheckpointPrefix(plan.Whole.Prefix).Folder));

    /// <summary>What tells the base from any other, or null without one.</summary>
    public string? BaseKey => Base is { Whole: var whole } ? $"{whole.Prefix} {whole.IndexSha256} {whole.Stamp} {Base.Subsets.Length}" : null;

    /// <summary>The record of a model that was never defined.</summary>
    public static CoordinatorRecord Create(string model, string cluster) =>
        new(VersionCurrent, Guid.Empty, 0, model, cluster, 0, 0, false, null, null, [], null, [], [], [], [], [], [], [], [], [], null);

    /// <summary>The record as a fresh coordinator of <paramref name="cluster"/> begins with it: the epoch is raised.</summary>
    /// <param name="cluster">The cluster that the coordinator runs in.</param>
    /// <param name="takeOver">Takes the model over from another cluster, which raises the generation too.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Superseded"/>: the model belongs to another cluster.</exception>
    public CoordinatorRecord Enter(string cluster, bool takeOver)
    {
        bool isOurs = Cluster == cluster;
        if (!isOurs && !takeOver)
        {
            throw new CheckpointException(
                CheckpointError.Superseded,
                $"Model '{Model}' belongs to cluster '{Cluster}', this is '{cluster}'. Stop that cluster and take the model over, or use another store.");
        }

        return this with { Cluster = cluster, Epoch = Epoch + 1, Generation = isOurs ? Generation : Generation + 1 };
    }

    /// <summary>The record of a model that is defined, above the generation of any earlier namesake.</summary>
    public CoordinatorRecord Define(DefinitionAddress definition) =>
        this with { IsDeleted = false, Definition = definition, Generation = Generation + 1, Sessions = [] };

    /// <summary>The tombstone. Its folders are still to be released.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: a save is not resolved.</exception>
    public CoordinatorRecord Delete() => Attempt is null
        ? Create(Model, Cluster) with
        {
            Writer = Writer,
            Revision = Revision,
            Generation = Generation,
            Epoch = Epoch,
            IsDeleted = true,
            Broken = Broken,
            Deletions = Deletions,
            Requests = Requests,
            Folders = Folders,
        }
        : throw new CheckpointException(
            CheckpointError.TryAgain, $"Model '{Model}' cannot be deleted while the save of '{Attempt.Prefix}' is not resolved; try again shortly.");

    /// <summary>The record at the next generation, after a restore or rollback of the whole state.</summary>
    /// <param name="plan">What was loaded, and from now on is the base; null when there was nothing to load.</param>
    public CoordinatorRecord BeginGeneration(RestorePlan? plan) =>
        WithBase(plan) with
        {
            Generation = Generation + 1,
            Lineage = Bounded(plan?.Whole.Stamp is { } origin ? AncestorsOf(origin) : []),
            Tears = plan?.Tears ?? [],
            Endings = [],
            Sessions = plan is null ? [] : null,
            Held = null,
        };

    /// <summary>The record at the next generation, without values, until somebody restores or initialises.</summary>
    /// <param name="cause">Why, for people.</param>
    public CoordinatorRecord Hold(string cause) =>
        BeginGeneration(Base) with { Sessions = [], Tears = [], Held = cause.Length > CauseLengthMax ? cause[..CauseLengthMax] : cause };

    /// <summary>The record at the next generation, after a restore of some tensors only: what was there before stays an ancestor.</summary>
    /// <param name="subset">What was loaded over the live state.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: too many such restores lie over the base.</exception>
    public CoordinatorRecord BeginGenerationBySubset(RestorePlanStep subset) => WithBase(Base?.Add(subset, Model)) with
    {
        Generation = Generation + 1,
        Lineage = Bounded(Lineage.Add(new SaveStamp(Generation, long.MaxValue, long.MaxValue))),
        Tears = [.. Tears.Union(subset.Tears)],
        Endings = [],
    };

    /// <summary>The record with another base, whose checkpoints nothing deletes: an eviction of one that was not carried out is dropped. What is left of an
    /// aborted attempt there is still swept: a sweep touches nothing of a checkpoint that exists.</summary>
    public CoordinatorRecord WithBase(RestorePlan? plan) => this with
    {
        Base = plan,
        Deletions = plan is null ? Deletions : Deletions.RemoveAll(entry => entry.IndexETag is not null && plan.Has(entry.Prefix)),
    };

    /// <summary>True when a checkpoint of this model lies on a branch that a restore has left: it was saved after the point that the restore went back to.
    /// What is not known is not abandoned.</summary>
    public bool IsAbandoned(SaveStamp stamp)
    {
        if (stamp.Generation >= Generation || Lineage.IsEmpty || stamp.Generation < Lineage[0].Generation)
        {
            return false;
        }

        return !Lineage.Any(ancestor => ancestor.Generation == stamp.Generation && stamp.IsUpTo(ancestor));
    }

    /// <summary>How the request ended, if it did within the last hour.</summary>
    public RequestOutcome? FindOutcome(Guid request) => Requests.LastOrDefault(outcome => outcome.Request == request);

    /// <summary>The record with one more outcome, its message cut to <see cref="RequestOutcome.MessageLengthMax"/>.</summary>
    public CoordinatorRecord WithOutcome(RequestOutcome outcome) =>
        (this with { Requests = [.. Requests.Where(old => old.Request != outcome.Request), outcome.Cut()] }).Pruned(outcome.EndedAt);

    /// <summary>The record without the outcomes that are too old or too many.</summary>
    public CoordinatorRecord Pruned(DateTimeOffset now)
    {
        ImmutableArray<RequestOutcome> kept = [.. Requests.Where(old => old.EndedAt > now - RequestAgeMax).TakeLast(RequestsMax)];
        return kept.Length == Requests.Length ? this : this with { Requests = kept };
    }

    private ImmutableArray<SaveStamp> AncestorsOf(SaveStamp origin)
    {
        // A branch that was itself left: its own ancestors are no longer known, so nothing older than it is taken for abandoned.
        bool isKnown = origin.Generation == Generation || Lineage.Any(ancestor => ancestor.Generation == origin.Generation && origin.IsUpTo(ancestor));
        return [.. isKnown ? Lineage.Where(ancestor => ancestor.Generation < origin.Generation) : [], origin];
    }

    private static ImmutableArray<SaveStamp> Bounded(ImmutableArray<SaveStamp> lineage) =>
        lineage.Length <= LineageMax ? lineage : lineage.RemoveRange(0, lineage.Length - LineageMax);
}
