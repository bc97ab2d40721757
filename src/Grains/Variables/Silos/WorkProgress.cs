namespace Cairn.Grains.Variables.Silos;

/// <summary>Counts the bytes of one piece of work; several threads add to it.</summary>
internal sealed class WorkProgress
{
    private long _doneBytes;
    private long _totalBytes;

    /// <summary>Bytes moved so far.</summary>
    public long DoneBytes => Volatile.Read(ref _doneBytes);

    /// <summary>Bytes to move.</summary>
    public long TotalBytes
    {
        get => Volatile.Read(ref _totalBytes);
        set => Volatile.Write(ref _totalBytes, value);
    }

    /// <summary>Counts bytes that were moved.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _doneBytes, bytes);
}
