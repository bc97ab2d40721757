using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Format.Sidecars;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Records;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination.Restoring;

/// <summary>A checkpoint that was read as far as its index, and what shall be taken from it.</summary>
/// <param name="Source">The checkpoint.</param>
/// <param name="IndexSha256">The SHA-256 of its index, lower-case hex.</param>
/// <param name="Sidecar">What Cairn wrote beside it, or null.</param>
/// <param name="Tensors">What is taken.</param>
internal sealed record LoadedCheckpoint(RestoreSource Source, string IndexSha256, Sidecar? Sidecar, ImmutableArray<SelectedTensor> Tensors)
{
    /// <summary>When it was cut, if this model wrote it.</summary>
    public SaveStamp? StampOf(string model) =>
        Sidecar is { } sidecar && sidecar.Model == model ? new SaveStamp(sidecar.Generation, sidecar.Epoch, sidecar.Cut) : null;

    /// <summary>How far each session had come in it, if this model wrote it.</summary>
    public EndedSteps EndedOf(string model) => EndedOf(Sidecar, model);

    /// <summary>How far each session had come in a checkpoint with this sidecar, if the model wrote it.</summary>
    public static EndedSteps EndedOf(Sidecar? sidecar, string model) =>
        sidecar is not null && sidecar.Model == model
            ? sidecar.Sessions.Aggregate(EndedSteps.None, (ended, session) => ended.Remember(session.Name, session.Step, session.Incarnation))
            : EndedSteps.None;

    /// <summary>The steps that are in it in part, if this model wrote it.</summary>
    public ImmutableArray<AbandonedStep> TearsOf(string model) =>
        StampOf(model) is { } stamp ? [.. Sidecar!.TornSteps.Select(torn => new AbandonedStep(torn.Session, torn.Incarnation, torn.Step, stamp))] : [];

    /// <summary>The counters of the averages that it brings, by variable.</summary>
    public IEnumerable<AverageCounters> Counters() =>
        from tensor in Tensors
        where tensor.Part == TensorPart.Shadow
        from average in Sidecar?.Averages ?? []
        where $"{average.Variable}/{average.Name}" == tensor.Key || average.Variable == tensor.Variable.Name
        select new AverageCounters(tensor.Variable.Name, average.NumUpdates, average.Updates);
}
