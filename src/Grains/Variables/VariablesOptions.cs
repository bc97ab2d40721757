using System.ComponentModel.DataAnnotations;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables;

/// <summary>How much a silo may hold and move of the variables on it.</summary>
public sealed class VariablesOptions
{
    /// <summary>Bytes of pages that the silo may hold: values, shadows, versions frozen by saves, staged loads and bodies
    /// being received. Default: three quarters of the memory that the process may use.</summary>
    [Range(Page.BytesMax, 1L << 44)]
    public long PageBytesMax { get; set; } = DefaultPageBytesMax();

    /// <summary>Bytes of the bodies that the silo receives at the same time; what is over it is to try again, but one body is always received. Default, when
    /// null: 256 MiB, or a quarter of <see cref="PageBytesMax"/> if that is less.</summary>
    [Range(Page.BytesMax, 1L << 44)]
    public long? ReceivedBytesMax { get; set; }

    /// <summary>Bytes that the silo's writers and loaders may have in flight to and from the store together: the memory that a save or a restore takes
    /// beside the pages. Default 64 MiB.</summary>
    [Range(1L << 20, 1L << 36)]
    public long InFlightBytesMax { get; set; } = 64L << 20;

    /// <summary>Bytes of one block of an upload, and of one read of a load; a multiple of 1 KiB, at most
    /// <see cref="InFlightBytesMax"/>. A data file has at most 50,000 blocks. Default 8 MiB.</summary>
    [Range(64 << 10, 1 << 30)]
    public int BlockBytes { get; set; } = 8 << 20;

    /// <summary>Whether each data file is read back from the store and compared before its checkpoint is committed, which doubles the traffic of a save.
    /// Default: no. What the store compares itself is an option of the store.</summary>
    public bool ReadsBack { get; set; }

    /// <summary>Seconds after which a received body that no shard took, or a lease that no reader took, gives its pages back. Default 60.</summary>
    [Range(1, 3600)]
    public int UnclaimedSecondsMax { get; set; } = 60;

    /// <summary>Minutes for which the outcome of a finished data file or load is remembered, and staged pages wait for their swap. Default 15.</summary>
    [Range(1, 24 * 60)]
    public int FinishedMinutesMax { get; set; } = 15;

    /// <summary>Seconds that a silo which is stopped gracefully takes to hand its shards over to others, or to have a model saved that finds no room; 0 hands
    /// nothing over. Default 120; less than the host's time to stop.</summary>
    [Range(0, 3600)]
    public int HandOverSecondsMax { get; set; } = 120;

    internal long ReceivedBytesLimit => ReceivedBytesMax ?? Math.Min(256L << 20, PageBytesMax / 4);

    private static long DefaultPageBytesMax()
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return Math.Max(Page.BytesMax, available / 4 * 3 / Page.BytesMax * Page.BytesMax);
    }
}
