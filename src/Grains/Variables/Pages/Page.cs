namespace Cairn.Grains.Variables.Pages;

/// <summary>Pinned bytes that several versions of a shard may share. Counted: whoever holds it has
/// retained it, and it returns to its pool with the last release.</summary>
internal sealed class Page(PagePool pool, byte[] bytes)
{
    /// <summary>The largest page (1 MiB): large enough that a shard has few, small enough that one write copies little.</summary>
    public const int BytesMax = 1 << 20;

    private int _holders;

    /// <summary>How many bytes the page has; its tensor may use fewer.</summary>
    public int CapacityBytes => bytes.Length;

    /// <summary>All its bytes.</summary>
    public Memory<byte> Memory => bytes;

    /// <summary>Whether somebody else holds it too, so that a writer must copy it. False is certain
    /// for its only holder; true may be stale, which costs a copy.</summary>
    public bool IsShared => Volatile.Read(ref _holders) > 1;

    /// <summary>Holds the page once more.</summary>
    public void Retain()
    {
        if (Interlocked.Increment(ref _holders) <= 1)
        {
            throw new InvalidOperationException("A page was retained that nobody holds.");
        }
    }

    /// <summary>Lets go of the page.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _holders);
        if (left == 0)
        {
            pool.Return(this);
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("A page was released more often than it was retained.");
        }
    }

    /// <summary>Gives a free page to its first holder.</summary>
    internal void HandOut() => Volatile.Write(ref _holders, 1);
}
