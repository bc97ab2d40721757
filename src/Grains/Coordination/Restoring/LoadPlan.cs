using System.Collections.Immutable;
using Cairn.Contracts.Silos;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Restoring;

/// <summary>What each silo reads, and what must come out.</summary>
/// <param name="Load">The id of the load.</param>
/// <param name="Tickets">A ticket for each silo.</param>
/// <param name="Checks">The stored tensors that are read in several ranges. Those read in one are checked by the silo.</param>
/// <param name="LengthBytes">Bytes that are read.</param>
internal sealed record LoadPlan(Guid Load, ImmutableDictionary<SiloAddress, LoadTicket> Tickets, ImmutableArray<CombinedCheck> Checks, long LengthBytes)
{
    /// <summary>Compares the checksums that the silos computed with those that are stored.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: with file, offset and tensor.</exception>
    public void Verify(IReadOnlyDictionary<SiloAddress, LoadReceipt> receipts)
    {
        foreach (CombinedCheck check in Checks)
        {
            uint crc = 0;
            foreach (RangePiece piece in check.Pieces)
            {
                crc = Crc32C.Combine(crc, receipts[piece.Silo].Ranges[piece.Ordinal], piece.LengthBytes);
            }

            if (crc != check.Crc32C)
            {
                throw CheckpointException.Corrupt(
                    check.BlobName,
                    check.OffsetBytes,
                    $"'{check.What}': {Crc32C.Mismatch(check.Crc32C, crc)}");
            }
        }
    }
}
