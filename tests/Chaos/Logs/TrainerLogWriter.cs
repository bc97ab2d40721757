using System.Text;

namespace Cairn.Chaos.Logs;

/// <summary>Appends to a trainer's log. A line is with the operating system when <see cref="Write"/> returns: a kill of the process does not lose it.
/// Thread-safe.</summary>
internal sealed class TrainerLogWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _file;

    public TrainerLogWriter(string path)
    {
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        _file.WriteByte((byte)'\n'); // The last line of an incarnation that was killed may be cut short.
    }

    public void Write(TrainerEvent entry)
    {
        byte[] line = Encoding.UTF8.GetBytes((entry with { At = DateTimeOffset.UtcNow }).ToLine() + "\n");
        lock (_lock)
        {
            _file.Write(line);
        }
    }

    public void Dispose() => _file.Dispose();
}
