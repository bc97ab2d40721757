using System.CommandLine;
using System.Globalization;

namespace Cairn.Cli.Output;

/// <summary>How far long work has come: one line of the terminal that is written over and gone at the end. Where errors go to a file or a pipe there is none.</summary>
internal sealed class ProgressLine : IProgress<long>, IDisposable
{
    private const int BarCells = 24;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly TextWriter _terminal;
    private readonly string _verb;
    private readonly long _totalBytes;
    private readonly TimeProvider _clock;
    private readonly long _begun;
    private readonly Lock _lock = new();
    private long _doneBytes;
    private long _shown;
    private bool _isVisible;

    /// <param name="terminal">Where the line is drawn.</param>
    /// <param name="verb">What is being done: <c>copying</c>.</param>
    /// <param name="totalBytes">How much there is to do.</param>
    /// <param name="clock">For the speed.</param>
    public ProgressLine(TextWriter terminal, string verb, long totalBytes, TimeProvider clock)
    {
        _terminal = terminal;
        _verb = verb;
        _totalBytes = totalBytes;
        _clock = clock;
        _begun = _shown = clock.GetTimestamp();
    }

    /// <summary>Begins a line, or returns null where nobody would see it.</summary>
    public static ProgressLine? Begin(ParseResult parsed, string verb, long totalBytes)
    {
        bool isTerminal = ReferenceEquals(parsed.InvocationConfiguration.Error, Console.Error) && !Console.IsErrorRedirected
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return isTerminal ? new ProgressLine(Console.Error, verb, totalBytes, TimeProvider.System) : null;
    }

    /// <summary>More bytes are done. May be called from anywhere.</summary>
    public void Report(long value)
    {
        lock (_lock)
        {
            _doneBytes += value;
            if (_clock.GetElapsedTime(_shown) >= Interval)
            {
                _shown = _clock.GetTimestamp();
                _isVisible = true;
                _terminal.Write($"\r{Text()}\u001b[K");
                _terminal.Flush();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <summary>Takes the line away, until the next report.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_isVisible)
            {
                _isVisible = false;
                _terminal.Write("\r\u001b[K");
                _terminal.Flush();
            }
        }
    }

    private string Text()
    {
        double part = _totalBytes > 0 ? Math.Min(1, (double)_doneBytes / _totalBytes) : 1;
        int full = (int)(part * BarCells);
        double seconds = Math.Max(_clock.GetElapsedTime(_begun).TotalSeconds, 0.001);
        double bytesPerSecond = _doneBytes / seconds;
        string left = bytesPerSecond > 0 ? Ages.Short(TimeSpan.FromSeconds(Math.Min(1e9, (_totalBytes - _doneBytes) / bytesPerSecond))) : "?";
        string bar = new string('#', full) + new string('.', BarCells - full);
        string percent = part.ToString("P0", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);
        return $"{_verb} [{bar}] {percent,4}  {Sizes.Short(_doneBytes)} of {Sizes.Short(_totalBytes)}  {Sizes.Short((long)bytesPerSecond)}/s  {left} left";
    }
}
