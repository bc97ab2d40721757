using Cairn.Contracts.Models;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Shards;

/// <summary>One part of one shard, read from a checkpoint and checked.</summary>
internal sealed record StagedPart(ShardId Shard, Guid Incarnation, TensorPart Part, PageRun Run);
