using System.Collections.Frozen;
using System.Collections.Immutable;
using Cairn.Contracts.Models;

namespace Cairn.Grains.Coordination.Routing;

/// <summary>What the shards answered to an order.</summary>
/// <param name="Shards">The shards, in the order in which they were asked.</param>
/// <param name="Values">The answer of each.</param>
internal sealed record ShardAnswers<T>(ImmutableArray<ShardId> Shards, ImmutableArray<T> Values)
{
    private FrozenDictionary<ShardId, T>? _byShard;

    /// <summary>The answer of <paramref name="shard"/>.</summary>
    public T this[ShardId shard] => (_byShard ??= Enumerable.Range(0, Shards.Length).ToFrozenDictionary(number => Shards[number], number => Values[number]))[shard];
}
