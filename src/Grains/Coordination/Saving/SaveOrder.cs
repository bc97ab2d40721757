using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Format.Bundles;
using Cairn.Grains.Coordination.Naming;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>What a save shall store, and where.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Prefix">The checkpoint, with the step.</param>
/// <param name="Tensors">What is saved, in key order.</param>
internal sealed record SaveOrder(SaveRequest Request, CheckpointPrefix Prefix, ImmutableArray<SelectedTensor> Tensors);
