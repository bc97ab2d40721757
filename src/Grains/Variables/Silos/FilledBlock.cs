using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Silos;

/// <summary>A block of a data file, and which pieces of which pages it holds. Filled by one caller at a time.</summary>
/// <param name="buffer">Its buffer; whoever rented it gives it back.</param>
internal sealed class FilledBlock(byte[] buffer)
{
    private readonly List<Piece> _pieces = [];

    /// <summary>The buffer.</summary>
    public byte[] Buffer => buffer;

    /// <summary>How many bytes it holds.</summary>
    public int LengthBytes { get; private set; }

    /// <summary>Whether nothing more fits.</summary>
    public bool IsFull => LengthBytes == buffer.Length;

    /// <summary>What it holds.</summary>
    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, LengthBytes);

    /// <summary>Copies as much of a page as fits. Returns how much that was.</summary>
    /// <param name="page">The check of the page.</param>
    /// <param name="offset">Where the bytes begin in the page.</param>
    /// <param name="bytes">What is left of the page.</param>
    public int Fill(PageCheck page, int offset, ReadOnlySpan<byte> bytes)
    {
        int length = Math.Min(bytes.Length, buffer.Length - LengthBytes);
        bytes[..length].CopyTo(buffer.AsSpan(LengthBytes));
        _pieces.Add(new Piece(page, offset, LengthBytes, length));
        LengthBytes += length;
        return length;
    }

    /// <summary>Compares what the block holds now with the checksums of its pages.</summary>
    /// <param name="fault">What to throw of a page whose bytes are not its own, and of their checksum.</param>
    public void Compare(Func<PageCheck, uint, CheckpointException> fault)
    {
        foreach (Piece piece in _pieces)
        {
            if (piece.Page.Add(piece.PageOffset, buffer.AsSpan(piece.Offset, piece.LengthBytes)) is { } actual)
            {
                throw fault(piece.Page, actual);
            }
        }
    }

    private readonly record struct Piece(PageCheck Page, int PageOffset, int Offset, int LengthBytes);
}
