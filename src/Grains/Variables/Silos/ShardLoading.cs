using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Silos;

/// <summary>One part of one shard while it is loaded: its fresh pages, and for each range where it goes and what its pieces summed to.</summary>
internal sealed class ShardLoading
{
    private readonly ShardLoad _load;
    private readonly int _pieceBytes;
    private readonly BoxOverlap[] _overlaps;
    private readonly uint[][] _pieceCrcs;

    /// <summary>Checks the plan of a part and rents its pages.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the ranges do not make the
    /// shard. <see cref="CheckpointError.LimitExceeded"/>: the pages are used up.</exception>
    public ShardLoading(ShardLoad load, int pieceBytes, PagePool pool)
    {
        _load = load;
        _pieceBytes = pieceBytes;
        int elementBytes = load.DType.ElementBytes();
        _overlaps = [.. load.Ranges.Select(range => OverlapOf(load, range, elementBytes))];
        long covered = _overlaps.Sum(overlap => overlap.ElementCount);
        if (covered != load.Shape.ElementCount)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"The ranges for {load.Part} of shard '{load.Shard}' cover {covered} of its {load.Shape.ElementCount} elements; they must cover each once.");
        }

        RefuseOverlap(load);
        _pieceCrcs = [.. load.Ranges.Select(range => new uint[(range.LengthBytes + pieceBytes - 1) / pieceBytes])];
        Pages = PageRun.Rent(pool, 0, checked(load.Shape.ElementCount * elementBytes));
    }

    /// <summary>The pages; the creator of this object releases them.</summary>
    public PageRun Pages { get; }

    /// <summary>Everything to read, in pieces that fit into a block.</summary>
    public IEnumerable<LoadPiece> Pieces =>
        from range in Enumerable.Range(0, _load.Ranges.Length)
        from piece in Enumerable.Range(0, _pieceCrcs[range].Length)
        let offset = (long)piece * _pieceBytes
        select new LoadPiece(this, _load.Ranges[range], range, piece, offset, (int)Math.Min(_pieceBytes, _load.Ranges[range].LengthBytes - offset));

    /// <summary>Sums a piece that was read and lays it into the pages. Pieces are laid at the same time; each has its own place.</summary>
    public void Lay(LoadPiece piece, Span<byte> bytes, bool isBigEndian)
    {
        _pieceCrcs[piece.RangeIndex][piece.PieceIndex] = Crc32C.Append(0, bytes);
        if (isBigEndian)
        {
            ByteOrder.Reverse(bytes, _load.DType);
        }

        _overlaps[piece.RangeIndex].Copy(piece.OffsetBytes, bytes, Pages);
    }

    /// <summary>The checksum of each range, after all pieces were laid.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: one is not what the index says.</exception>
    public IEnumerable<uint> Verify()
    {
        for (int i = 0; i < _load.Ranges.Length; i++)
        {
            LoadRange range = _load.Ranges[i];
            uint crc = Combine(_pieceCrcs[i], range.LengthBytes);
            if (range.Crc32C is { } expected && crc != expected)
            {
                throw CheckpointException.Corrupt(
                    range.BlobName,
                    range.OffsetBytes,
                    $"the {range.LengthBytes} bytes for the {(_load.Part == TensorPart.Shadow ? "shadow" : "value")} of '{_load.Shard.Variable}', from element " +
                    $"[{string.Join(',', range.Start)}] on: {Crc32C.Mismatch(expected, crc)}");
            }

            yield return crc;
        }
    }

    private uint Combine(uint[] pieces, long lengthBytes)
    {
        uint crc = 0;
        foreach (uint piece in pieces)
        {
            crc = Crc32C.Combine(crc, piece, Math.Min(_pieceBytes, lengthBytes));
            lengthBytes -= _pieceBytes;
        }

        return crc;
    }

    /// <summary>Elements that two ranges bring would make up, in the count, for elements that none brings.</summary>
    private static void RefuseOverlap(ShardLoad load)
    {
        if (DisjointBoxes.FindOverlap([.. load.Ranges.Select(range => (range.Start, range.Shape))]) is var (first, second))
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"Ranges [{string.Join(',', load.Ranges[first].Start)}] and [{string.Join(',', load.Ranges[second].Start)}] for {load.Part} of shard " +
                $"'{load.Shard}' overlap; they must cover each of its elements once.");
        }
    }

    private static BoxOverlap OverlapOf(ShardLoad load, LoadRange range, int elementBytes)
    {
        bool isBox = range.Start.Length == load.Shape.Rank && range.Shape.Length == load.Shape.Rank && load.Start.Length == load.Shape.Rank;
        (long elements, long more) = Math.DivRem(range.LengthBytes, elementBytes);
        if (!isBox || range.OffsetBytes < 0 || more != 0 || TensorShape.CountElements(range.Shape.AsSpan()) != elements)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"The range of {range.LengthBytes} bytes at {range.OffsetBytes} of '{range.BlobName}' is no box [{string.Join(',', range.Shape)}] of " +
                $"{load.DType.ShortName()} for shard '{load.Shard}' {load.Shape}.");
        }

        return new BoxOverlap(range.Start, range.Shape, load.Start, load.Shape.Dimensions, elementBytes);
    }
}
