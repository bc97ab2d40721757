using System.Collections.Immutable;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Reads what a load ticket asks for, checks it, and stages it in fresh pages. All or nothing.</summary>
internal sealed class ShardLoader(IBlobStore store, BlockPool blocks, PagePool pool, StagedLoads staged)
{
    /// <summary>Stages the load.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: a checksum is
    /// wrong. <see cref="CheckpointError.LimitExceeded"/>: the pages are used up.
    /// Whatever the store refuses.</exception>
    public async Task<LoadReceipt> LoadAsync(LoadTicket ticket, WorkProgress progress, CancellationToken cancellationToken)
    {
        var shards = new List<ShardLoading>(ticket.Shards.Length);
        try
        {
            foreach (ShardLoad load in ticket.Shards)
            {
                shards.Add(new ShardLoading(load, blocks.BlockBytes, pool));
            }

            progress.TotalBytes = ticket.Shards.Sum(load => load.Ranges.Sum(range => range.LengthBytes));
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = blocks.BlocksMax, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(shards.SelectMany(shard => shard.Pieces), parallel, async (piece, token) =>
            {
                await ReadAsync(piece, ticket.IsBigEndian, token).ConfigureAwait(false);
                progress.Add(piece.LengthBytes);
            }).ConfigureAwait(false);

            ImmutableArray<uint> checksums = [.. shards.SelectMany(shard => shard.Verify())];
            staged.Add(ticket.Load, shards.Zip(ticket.Shards, (shard, load) => new StagedPart(load.Shard, load.Incarnation, load.Part, shard.Pages)));
            return new LoadReceipt(checksums);
        }
        catch
        {
            shards.ForEach(shard => shard.Pages.Release());
            throw;
        }
    }

    private async Task ReadAsync(LoadPiece piece, bool isBigEndian, CancellationToken cancellationToken)
    {
        byte[] block = await blocks.RentAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Memory<byte> bytes = block.AsMemory(0, piece.LengthBytes);
            var expected = new BlobETag(piece.Range.ETag);
            await store.ReadAsync(piece.Range.BlobName, piece.Range.OffsetBytes + piece.OffsetBytes, bytes, expected, cancellationToken).ConfigureAwait(false);
            piece.Shard.Lay(piece, bytes.Span, isBigEndian);
        }
        finally
        {
            blocks.Return(block);
        }
    }
}
