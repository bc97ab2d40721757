using Cairn.Contracts.Silos;
using Cairn.Format.Checksums;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Compares the bytes of one page, which blocks cut into pieces, with the checksum that was taken after the seal. Pieces come in any order, from any
/// thread.</summary>
/// <param name="tensor">What the page belongs to.</param>
/// <param name="page">Its place there.</param>
/// <param name="offsetBytes">Where it begins in the data file.</param>
/// <param name="lengthBytes">How long it is.</param>
/// <param name="checksum">What it must be.</param>
internal sealed class PageCheck(DataFileTensor tensor, int page, long offsetBytes, int lengthBytes, uint checksum)
{
    private readonly Lock _lock = new();
    private uint _sum;
    private int _takenBytes;

    /// <summary>What the page belongs to.</summary>
    public DataFileTensor Tensor => tensor;

    /// <summary>Its place there.</summary>
    public int Page => page;

    /// <summary>Where it begins in the data file.</summary>
    public long OffsetBytes => offsetBytes;

    /// <summary>How long it is.</summary>
    public int LengthBytes => lengthBytes;

    /// <summary>What it must be.</summary>
    public uint Checksum => checksum;

    /// <summary>The same check once more, for another copy of the bytes.</summary>
    public PageCheck Again() => new(tensor, page, offsetBytes, lengthBytes, checksum);

    /// <summary>Takes in the piece at <paramref name="offset"/> of the page.</summary>
    /// <returns>The checksum of what came, when the last piece is in and it is not the page's; else null.</returns>
    public uint? Add(int offset, ReadOnlySpan<byte> bytes)
    {
        // The checksum of a whole is the exclusive or of those of its pieces, each moved over the bytes that follow it.
        uint moved = Crc32C.Combine(Crc32C.Append(0, bytes), 0, lengthBytes - offset - bytes.Length);
        lock (_lock)
        {
            _sum ^= moved;
            _takenBytes += bytes.Length;
            return _takenBytes == lengthBytes && _sum != checksum ? _sum : null;
        }
    }
}
