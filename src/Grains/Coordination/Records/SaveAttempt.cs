using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;

namespace Cairn.Grains.Coordination.Records;

/// <summary>One try at saving one checkpoint: what each of its files was before, where it is written, and, once known, what was written.</summary>
/// <param name="Id">Drawn for this try and never used again.</param>
/// <param name="Request">The caller's id.</param>
/// <param name="Prefix">The checkpoint.</param>
/// <param name="Kind">Whether it replaces a checkpoint.</param>
/// <param name="Phase">How far it is.</param>
/// <param name="Stamp">Generation, epoch and cut that are saved.</param>
/// <param name="IsWhole">Whether it holds every tensor of the model, so that it becomes the base.</param>
/// <param name="Tensors">Which tensor is saved under which key; empty means all under their own names.</param>
/// <param name="BeganAt">When it began.</param>
/// <param name="Files">The data files in order, then <c>.meta</c> if wanted, then the sidecar.</param>
/// <param name="Index">The index.</param>
/// <param name="Stale">Files at the prefix that this checkpoint will not have.</param>
/// <param name="States">State files that it changes.</param>
/// <param name="Saver">What of the saver's options counts once the files are there; null when no state file is written.</param>
/// <param name="SavedAt">The time that retention counts for it; known once it commits.</param>
internal sealed record SaveAttempt(
    Guid Id,
    Guid Request,
    string Prefix,
    AttemptKind Kind,
    AttemptPhase Phase,
    SaveStamp Stamp,
    bool IsWhole,
    ImmutableArray<TensorBinding> Tensors,
    DateTimeOffset BeganAt,
    ImmutableArray<AttemptFile> Files,
    AttemptIndex Index,
    ImmutableArray<FileWriting> Stale,
    ImmutableArray<AttemptState> States,
    AttemptSaver? Saver,
    DateTimeOffset? SavedAt)
{
    /// <summary>The data files, in order: where silos write them, and on which condition.</summary>
    public IEnumerable<AttemptFile> DataFiles => Files.Where(file => file.Kind == AttemptFileKind.Data);

    /// <summary>The checkpoint, to name its files.</summary>
    public CheckpointPrefix Checkpoint => new(Prefix);

    /// <summary>The folder of the objects that this attempt publishes by copying.</summary>
    public string Workings => WorkingsOf(Id);

    /// <summary>Where the index's bytes are before it is published.</summary>
    public string IndexWorking => Workings + "index";

    /// <summary>Where the bytes of state file <paramref name="ordinal"/> are before it is published.</summary>
    public string StateWorking(int ordinal) => $"{Workings}state-{ordinal}";

    /// <summary>The folder of the files of an attempt that replaces.</summary>
    public static string StagingOf(Guid attempt) => $"{OwnFolder.Path}staging/{attempt:N}/";

    /// <summary>The folder of the objects of an attempt.</summary>
    public static string WorkingsOf(Guid attempt) => $"{OwnFolder.Path}attempts/{attempt:N}/";
}
