using System.Collections.Immutable;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Grains.Variables.Shards;
using Cairn.Grains.Variables.Silos;

namespace Cairn.Simulation.Clusters;

/// <summary>Stages a load as the silo's loader does, one piece after another.</summary>
internal static class SimLoad
{
    /// <summary>Reads, checks and stages everything of a ticket.</summary>
    public static async Task<LoadReceipt> StageAsync(SimSilo silo, LoadTicket ticket, int pieceBytes, CancellationToken cancellationToken)
    {
        List<ShardLoading> shards = [];
        try
        {
            foreach (ShardLoad load in ticket.Shards)
            {
                shards.Add(new ShardLoading(load, pieceBytes, silo.Shards.Pool));
            }

            foreach (LoadPiece piece in shards.SelectMany(shard => shard.Pieces))
            {
                byte[] bytes = new byte[piece.LengthBytes];
                await silo.Store.ReadAsync(
                    piece.Range.BlobName, piece.Range.OffsetBytes + piece.OffsetBytes, bytes, new BlobETag(piece.Range.ETag), cancellationToken);
                piece.Shard.Lay(piece, bytes, ticket.IsBigEndian);
            }

            ImmutableArray<uint> checksums = [.. shards.SelectMany(shard => shard.Verify())];
            silo.Shards.Staged.Add(
                ticket.Load, shards.Zip(ticket.Shards, (shard, load) => new StagedPart(load.Shard, load.Incarnation, load.Part, shard.Pages)));
            return new LoadReceipt(checksums);
        }
        catch
        {
            shards.ForEach(shard => shard.Pages.Release());
            throw;
        }
    }
}
