using System.Diagnostics;

namespace Cairn.Testing;

/// <summary>What a child process prints on both of its streams, kept for waiting and for failure messages.</summary>
internal sealed class ProcessOutput
{
    private const int LinesMax = 2_000; // A silo that says more than this in a test is broken, and its first words say why.

    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _openStreams = 2;

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The lines so far as one text.</summary>
    public string Text => string.Join('\n', Lines);

    /// <summary>Begins to read both streams of <paramref name="process"/>.</summary>
    public static ProcessOutput Of(Process process)
    {
        var output = new ProcessOutput();
        process.OutputDataReceived += output.Keep;
        process.ErrorDataReceived += output.Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return output;
    }

    /// <summary>Waits for a line that contains <paramref name="text"/>; false when both streams ended without it.</summary>
    public async Task<bool> WaitForAsync(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_lines.Exists(line => line.Contains(text, StringComparison.Ordinal)))
                {
                    return true;
                }

                if (_openStreams == 0)
                {
                    return false;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (line.Data is null)
            {
                _openStreams--;
            }
            else if (_lines.Count < LinesMax)
            {
                _lines.Add(line.Data);
            }

            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
