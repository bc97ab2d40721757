using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Pages;

/// <summary>The pages of one silo. Fresh memory costs a page fault for every 4 KiB, eight times what the copy
/// costs, so pages are touched when they are made, pinned, and used again.</summary>
/// <param name="bytesMax">How many bytes of pages there may be.</param>
/// <param name="giveUpSaves">Called when they are used up: has saves let go of what they hold, and says whether there was one.</param>
internal sealed class PagePool(long bytesMax, Func<bool>? giveUpSaves = null)
{
    private const int SmallStepBytes = 64; // A cache line.
    private const int LargeStepBytes = 4096; // A page of the operating system; below it, steps of it would waste more than half.

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Stack<Page>> _free = [];
    private long _allocatedBytes;
    private long _usedBytes;
    private long _usedPages;

    /// <summary>How many bytes of pages there may be, handed out or free.</summary>
    public long BytesMax => bytesMax;

    /// <summary>Bytes of the pages that are handed out.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>How many pages are handed out.</summary>
    public long UsedPages => Volatile.Read(ref _usedPages);

    /// <summary>Hands out a page of at least <paramref name="lengthBytes"/> with undefined content, held once.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: the silo's pages are used up, and a save lets go of
    /// some. <see cref="CheckpointError.LimitExceeded"/>: they are used up without one.</exception>
    public Page Rent(int lengthBytes) => TryRent(lengthBytes) ?? RentAgain(lengthBytes, giveUpSaves?.Invoke() ?? false);

    /// <summary>As <see cref="Rent"/>, to copy a page that is shared. Null when saves have let go of that page meanwhile, so that no copy is needed.</summary>
    /// <exception cref="CheckpointException">As <see cref="Rent"/>.</exception>
    public Page? RentToCopy(Page shared, int lengthBytes)
    {
        if (TryRent(lengthBytes) is { } page)
        {
            return page;
        }

        bool mayPass = giveUpSaves?.Invoke() ?? false;
        return shared.IsShared ? RentAgain(lengthBytes, mayPass) : null;
    }

    /// <summary>Refuses what could never fit, before anything is asked for.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: always.</exception>
    public void RefuseLength(long lengthBytes) => throw new CheckpointException(
        CheckpointError.LimitExceeded,
        $"{lengthBytes} bytes are more than the silo may hold at all: {nameof(VariablesOptions.PageBytesMax)} is {bytesMax}.");

    /// <summary>As <see cref="Rent"/>, or null when the pages are used up.</summary>
    public Page? TryRent(int lengthBytes)
    {
        int capacityBytes = CapacityFor(lengthBytes);
        lock (_lock)
        {
            if (_usedBytes + capacityBytes > bytesMax)
            {
                return null;
            }

            _usedBytes += capacityBytes;
            _usedPages++;
            if (_free.TryGetValue(capacityBytes, out Stack<Page>? free) && free.TryPop(out Page? page))
            {
                page.HandOut();
                return page;
            }

            MakeRoom(capacityBytes);
            _allocatedBytes += capacityBytes;
        }

        return Allocate(capacityBytes);
    }

    /// <summary>Takes a page back; called by its last release.</summary>
    internal void Return(Page page)
    {
        lock (_lock)
        {
            _usedBytes -= page.CapacityBytes;
            _usedPages--;
            if (!_free.TryGetValue(page.CapacityBytes, out Stack<Page>? free))
            {
                _free.Add(page.CapacityBytes, free = new Stack<Page>());
            }

            free.Push(page);
        }
    }

    private Page RentAgain(int lengthBytes, bool mayPass) => TryRent(lengthBytes) ?? throw new CheckpointException(
        mayPass ? CheckpointError.TryAgain : CheckpointError.LimitExceeded,
        $"The silo has no page of {CapacityFor(lengthBytes)} bytes left: {UsedBytes} of {nameof(VariablesOptions.PageBytesMax)} = {bytesMax} bytes are in " +
        $"use. {(mayPass ? "A save was given up to free some; try again, and raise the option or add a silo." : "Raise the option, or add a silo.")}");

    private static int CapacityFor(int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, Page.BytesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(lengthBytes, 1);
        int step = lengthBytes <= LargeStepBytes ? SmallStepBytes : LargeStepBytes;
        return (lengthBytes + step - 1) / step * step;
    }

    /// <summary>Drops free pages of other sizes, until one more page keeps the pool below its limit. The collector takes them.</summary>
    private void MakeRoom(int capacityBytes)
    {
        foreach (Stack<Page> free in _free.Values)
        {
            while (_allocatedBytes + capacityBytes > bytesMax && free.TryPop(out Page? page))
            {
                _allocatedBytes -= page.CapacityBytes;
            }
        }
    }

    private Page Allocate(int capacityBytes)
    {
        try
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>(capacityBytes, pinned: true);
            bytes.AsSpan().Clear();
            var page = new Page(this, bytes);
            page.HandOut();
            return page;
        }
        catch (OutOfMemoryException e)
        {
            lock (_lock)
            {
                _allocatedBytes -= capacityBytes;
                _usedBytes -= capacityBytes;
                _usedPages--;
            }

            throw new CheckpointException(
                CheckpointError.LimitExceeded,
                $"The machine has no memory left for a page, at {UsedBytes} of {nameof(VariablesOptions.PageBytesMax)} = {bytesMax} bytes: the option " +
                $"promises more than there is.",
                e);
        }
    }
}
