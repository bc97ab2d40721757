using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Placement;

/// <summary>Decides which silo holds which shard: by free page bytes, since Orleans does not count pinned memory. Pure.</summary>
internal static class ShardPlacement
{
    // Shards of a page or more are whole pages; smaller ones are one page of their own size, rounded up to this.
    private const long PageBytes = 1 << 20;
    private const long SmallestPageBytes = 4 << 10;

    /// <summary>Bytes of pages that shard <paramref name="index"/> of <paramref name="variable"/> takes, its shadow included.</summary>
    public static long FootprintBytes(VariableDefinition variable, int index)
    {
        long bytes = variable.BytesOf(index);
        long unit = bytes >= PageBytes ? PageBytes : SmallestPageBytes;
        long pages = Math.Max(1, (bytes + unit - 1) / unit) * unit;
        return variable.Average is null ? pages : 2 * pages;
    }

    /// <summary>Places <paramref name="shards"/>, the largest first, each on the silo that then has most room.</summary>
    /// <param name="model">The model's name, for messages.</param>
    /// <param name="shards">What to place, with the bytes each takes.</param>
    /// <param name="silos">The active silos.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: they do not fit. <see cref="CheckpointError.TryAgain"/>: no silo is
    /// active.</exception>
    public static ImmutableDictionary<ShardId, SiloAddress> Place(
        string model, IReadOnlyCollection<(ShardId Shard, long Bytes)> shards, IReadOnlyCollection<SiloDescription> silos)
    {
        if (silos.Count == 0)
        {
            throw new CheckpointException(CheckpointError.TryAgain, $"No silo is there to hold the shards of model '{model}'; try again shortly.");
        }

        // Silos in the order of their addresses, so that the same question has the same answer.
        SiloAddress[] addresses = [.. silos.Select(silo => silo.Silo).Order()];
        Dictionary<SiloAddress, long> free = silos.ToDictionary(silo => silo.Silo, silo => silo.PageBytesMax - silo.PageBytesUsed);
        ImmutableDictionary<ShardId, SiloAddress>.Builder places = ImmutableDictionary.CreateBuilder<ShardId, SiloAddress>();
        foreach ((ShardId shard, long bytes) in shards.OrderByDescending(shard => shard.Bytes).ThenBy(shard => shard.Shard.ToString(), StringComparer.Ordinal))
        {
            SiloAddress silo = addresses.MaxBy(address => free[address])!;
            if (free[silo] < bytes)
            {
                throw DoesNotFit(model, shards.Sum(each => each.Bytes), silos);
            }

            free[silo] -= bytes;
            places.Add(shard, silo);
        }

        return places.ToImmutable();
    }

    private static CheckpointException DoesNotFit(string model, long neededBytes, IReadOnlyCollection<SiloDescription> silos)
    {
        string room = string.Join(
            ", ",
            silos.OrderBy(silo => silo.Silo).Select(
                silo => $"{silo.Silo.ToParsableString()} has {silo.PageBytesMax - silo.PageBytesUsed} of {silo.PageBytesMax} free"));
        return new CheckpointException(
            CheckpointError.LimitExceeded,
            $"The shards of model '{model}' need {neededBytes} bytes of pages and do not fit: {room}. Raise the option PageBytesMax, add silos, or cut "
                + "the variables into more shards.");
    }
}
