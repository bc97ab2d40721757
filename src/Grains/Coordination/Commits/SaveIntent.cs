using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Format.Bundles;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>What a save wants to write, before anything is written.</summary>
/// <param name="Attempt">Drawn for this try; never used before. Silos write under it.</param>
/// <param name="Request">The caller's id.</param>
/// <param name="Prefix">The checkpoint's name in the store, the step included, without <c>./</c>.</param>
/// <param name="IsNumbered">Whether the name has a step: then a checkpoint that exists is not replaced unasked.</param>
/// <param name="DataFileCount">How many data files there will be.</param>
/// <param name="Stamp">The generation, epoch and cut that are saved.</param>
/// <param name="IsWhole">Whether every tensor of the model is saved, so that the checkpoint becomes the base.</param>
/// <param name="Tensors">What is saved under which keys; empty means everything under its own name.</param>
/// <param name="Options">The saver's options.</param>
internal sealed record SaveIntent(
    Guid Attempt,
    Guid Request,
    CheckpointPrefix Prefix,
    bool IsNumbered,
    int DataFileCount,
    SaveStamp Stamp,
    bool IsWhole,
    ImmutableArray<TensorBinding> Tensors,
    SaveOptions Options);
