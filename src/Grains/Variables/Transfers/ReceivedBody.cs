using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Transfers;

/// <summary>A body while it is received, in pages cut as the shard's are. Disposing it gives back pages that no shard has taken.</summary>
public sealed class ReceivedBody : IDisposable
{
    private readonly long _endBytes;
    private readonly long _lengthBytes;
    private ReceiveBudget? _budget;
    private PageRun? _run;
    private long _positionBytes;

    internal ReceivedBody(PageRun run, ReceiveBudget budget)
    {
        _run = run;
        _budget = budget;
        _lengthBytes = run.LengthBytes;
        OffsetBytes = _positionBytes = run.OffsetBytes;
        _endBytes = run.OffsetBytes + run.LengthBytes;
    }

    /// <summary>Where the body begins in the shard.</summary>
    public long OffsetBytes { get; }

    /// <summary>How many bytes are still to come.</summary>
    public long MissingBytes => _endBytes - _positionBytes;

    /// <summary>Appends what has come; at most <see cref="MissingBytes"/>.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MissingBytes);
        Run.CopyFrom(_positionBytes, bytes);
        _positionBytes += bytes.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _run?.Release();
        _run = null;
        _budget?.Return(_lengthBytes);
        _budget = null;
    }

    /// <summary>Hands the complete pages over.</summary>
    internal PageRun Take()
    {
        PageRun run = MissingBytes == 0 ? Run : throw new InvalidOperationException($"{MissingBytes} bytes of the body are missing.");
        _run = null;
        return run;
    }

    private PageRun Run => _run ?? throw new InvalidOperationException("The body was handed over, or disposed.");
}
