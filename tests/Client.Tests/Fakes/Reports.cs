using System.Collections.Concurrent;

namespace Cairn.Client.Tests.Fakes;

/// <summary>Collects progress as it is reported.</summary>
internal sealed class Reports : IProgress<ByteProgress>
{
    private readonly ConcurrentQueue<ByteProgress> _reports = new();

    public IEnumerable<long> DoneBytes => _reports.Select(report => report.DoneBytes);

    public ByteProgress Last => _reports.Last();

    public void Report(ByteProgress value) => _reports.Enqueue(value);
}
