using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Transfers;

/// <summary>The digests by which a shard that was handed over is known to be the one that was given away.</summary>
/// <remarks>
/// digest = SHA-256 of: shard, then of the parcel hand-over, incarnation, generation, epoch, sealed cut, ended cut, swap, updates of the average, parts,
/// sessions. Numbers are 8 bytes, little-endian; a list begins with its count, a text with its length in UTF-8, an optional value with 0 or 1.
/// </remarks>
internal static class ParcelDigest
{
    /// <summary>The digest of bytes in pages.</summary>
    public static ImmutableArray<byte> Of(PageRun run)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int page = 0; page < run.PageCount; page++)
        {
            hash.AppendData(run.BytesOf(page).Span);
        }

        return [.. hash.GetHashAndReset()];
    }

    /// <summary>The digest that the parcel of <paramref name="shard"/> has to have; the one that it carries does not count.</summary>
    public static ImmutableArray<byte> Of(ShardId shard, ShardParcel parcel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] name = Encoding.UTF8.GetBytes(shard.ToString());
        Append(hash, name.Length);
        hash.AppendData(name);
        Append(hash, parcel.HandOver);
        Append(hash, parcel.Incarnation);
        Append(hash, parcel.Generation, parcel.Epoch, parcel.SealedCut, parcel.EndedCut);
        Append(hash, parcel.Swap.IsSwapped ? 1 : 0, parcel.Swap.IsTouched ? 1 : 0, parcel.Swap.Load is null ? 0 : 1);
        Append(hash, parcel.Swap.Load ?? Guid.Empty);
        Append(hash, parcel.NumUpdates is null ? 0 : 1, parcel.NumUpdates ?? 0, parcel.AverageUpdates, parcel.Parts.Length);
        foreach (ParcelPart part in parcel.Parts)
        {
            Append(hash, (long)part.Part, part.LengthBytes);
            hash.AppendData(part.Sha256.AsSpan());
        }

        Append(hash, parcel.Sessions.Length);
        foreach (ParcelSession session in parcel.Sessions)
        {
            Append(hash, session.Session);
            Append(hash, session.Step, session.IsFenced ? 1 : 0, session.Ordinals.Length);
            foreach (int ordinal in session.Ordinals)
            {
                Append(hash, ordinal);
            }
        }

        return [.. hash.GetHashAndReset()];
    }

    private static void Append(IncrementalHash hash, params ReadOnlySpan<long> numbers)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        foreach (long number in numbers)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            hash.AppendData(bytes);
        }
    }

    private static void Append(IncrementalHash hash, Guid id) => hash.AppendData(id.ToByteArray());
}
