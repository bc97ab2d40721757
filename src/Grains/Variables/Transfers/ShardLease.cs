using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Transfers;

/// <summary>A range of one version of a shard, held for a reader until it is disposed.</summary>
public sealed class ShardLease : IDisposable
{
    private readonly long _offsetBytes;
    private PageRun? _run;

    internal ShardLease(PageRun run, long offsetBytes, long lengthBytes)
    {
        _run = run;
        _offsetBytes = offsetBytes;
        LengthBytes = lengthBytes;
    }

    /// <summary>How long the range is.</summary>
    public long LengthBytes { get; }

    /// <summary>The bytes from <paramref name="positionBytes"/> of the range to the end of the page that they lie in, or of the range.</summary>
    public ReadOnlyMemory<byte> BytesAt(long positionBytes)
    {
        PageRun run = _run ?? throw new InvalidOperationException("The lease was disposed.");
        ReadOnlyMemory<byte> bytes = run.MemoryAt(_offsetBytes + positionBytes);
        return bytes[..(int)Math.Min(bytes.Length, LengthBytes - positionBytes)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _run?.Release();
        _run = null;
    }
}
