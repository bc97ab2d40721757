using Cairn.Format.Blobs;

namespace Cairn.Format.Bundles;

/// <summary>A part of a data file that can be checked apart: it begins where a tensor does, and no tensor leaves it. Pure.</summary>
/// <param name="File">The data file.</param>
/// <param name="Parts">All that lies in the stretch by the index.</param>
/// <param name="BeginBytes">Where it begins.</param>
/// <param name="EndBytes">Where it ends.</param>
internal sealed record DataStretch(BlobProperties File, IReadOnlyList<BundlePart> Parts, long BeginBytes, long EndBytes)
{
    /// <summary>A stretch is at least so long, if the file is.</summary>
    public const long LengthBytesMin = 64 << 20;

    /// <summary>All of a file as one stretch.</summary>
    public static DataStretch Whole(BlobProperties file, IEnumerable<BundlePart> parts) => new(file, [.. parts], 0, file.LengthBytes);

    /// <summary>Cuts a file. A gap goes with what is before it; what lies past the end goes with the last stretch.</summary>
    public static IEnumerable<DataStretch> Cut(BlobProperties file, IEnumerable<BundlePart> parts, long lengthBytesMin = LengthBytesMin)
    {
        List<BundlePart> own = [];
        long begin = 0;
        long covered = 0;
        foreach (BundlePart part in parts.OrderBy(part => part.Entry.Data.OffsetBytes).ThenBy(part => part.Entry.Data.EndBytes))
        {
            long offset = part.Entry.Data.OffsetBytes;
            if (offset >= covered && offset - begin >= lengthBytesMin && offset < file.LengthBytes)
            {
                yield return new DataStretch(file, own, begin, offset);
                (own, begin) = ([], offset);
            }

            own.Add(part);
            covered = Math.Max(covered, part.Entry.Data.EndBytes);
        }

        yield return new DataStretch(file, own, begin, file.LengthBytes);
    }
}
