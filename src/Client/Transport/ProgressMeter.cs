namespace Cairn.Client.Transport;

/// <summary>Adds up the bytes of parallel transfers and reports them, never backwards: what a failed try had moved is taken off again in silence.</summary>
internal sealed class ProgressMeter(IProgress<ByteProgress>? sink, long totalBytes)
{
    private readonly Lock _lock = new();
    private long _doneBytes;
    private long _reportedBytes;

    /// <summary>Adds bytes that were moved, or takes them off.</summary>
    public void Add(long bytes)
    {
        lock (_lock)
        {
            _doneBytes += bytes;
            if (sink is not null && _doneBytes > _reportedBytes)
            {
                _reportedBytes = _doneBytes;
                sink.Report(new ByteProgress(_doneBytes, totalBytes));
            }
        }
    }
}
