using System.Collections.Immutable;
using Cairn.Contracts.Silos;
using Cairn.Format.Checksums;

namespace Cairn.Grains.Variables.Silos;

/// <summary>What a data file is made of, in the order of the file: where each tensor lies, its checksum, and the check of each page.</summary>
/// <param name="tensors">The tensors of the file.</param>
/// <param name="keepsPages">Whether the pages are compared once more later.</param>
internal sealed class WrittenPages(ImmutableArray<DataFileTensor> tensors, bool keepsPages)
{
    private readonly ImmutableArray<TensorPlace>.Builder _places = ImmutableArray.CreateBuilder<TensorPlace>(tensors.Length);
    private readonly List<PageCheck> _pages = [];
    private long _offsetBytes;
    private uint _checksum;

    /// <summary>The pages that were added; none when they are not kept.</summary>
    public IReadOnlyList<PageCheck> Pages => _pages;

    /// <summary>Adds the next page of the tensor that is written.</summary>
    /// <param name="page">Its place in the tensor.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="checksum">What was taken after the seal.</param>
    public PageCheck AddPage(int page, int lengthBytes, uint checksum)
    {
        var check = new PageCheck(tensors[_places.Count], page, _offsetBytes, lengthBytes, checksum);
        if (keepsPages)
        {
            _pages.Add(check);
        }

        _checksum = Crc32C.Combine(_checksum, checksum, lengthBytes);
        _offsetBytes += lengthBytes;
        return check;
    }

    /// <summary>Ends the tensor that is written.</summary>
    public void EndTensor()
    {
        long lengthBytes = tensors[_places.Count].LengthBytes;
        _places.Add(new TensorPlace(_offsetBytes - lengthBytes, lengthBytes, _checksum));
        _checksum = 0;
    }

    /// <summary>Where the tensors are, once all have ended.</summary>
    public ImmutableArray<TensorPlace> ToPlaces() => _places.MoveToImmutable();
}
