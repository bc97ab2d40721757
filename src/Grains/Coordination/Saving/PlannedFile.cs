using System.Collections.Immutable;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>The data file that one silo writes.</summary>
/// <param name="Silo">The silo.</param>
/// <param name="Slices">What the file holds, in its order.</param>
internal sealed record PlannedFile(SiloAddress Silo, ImmutableArray<PlannedSlice> Slices)
{
    /// <summary>Bytes of the file.</summary>
    public long LengthBytes => Slices.Sum(slice => slice.LengthBytes);
}
