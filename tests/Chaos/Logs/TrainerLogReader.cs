using System.Text;

namespace Cairn.Chaos.Logs;

/// <summary>Reads a trainer's log while it grows.</summary>
internal sealed class TrainerLogReader(string path)
{
    private readonly List<byte> _unfinished = [];
    private long _offsetBytes;

    /// <summary>The lines that were finished since the last call.</summary>
    public IReadOnlyList<TrainerEvent> ReadNew()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = _offsetBytes;
        byte[] bytes = new byte[file.Length - _offsetBytes];
        file.ReadExactly(bytes);
        _offsetBytes += bytes.Length;

        var events = new List<TrainerEvent>();
        int begin = 0;
        for (int end = Array.IndexOf(bytes, (byte)'\n'); end >= 0; end = Array.IndexOf(bytes, (byte)'\n', begin))
        {
            _unfinished.AddRange(bytes.AsSpan(begin, end - begin));
            begin = end + 1;
            if (_unfinished.Count > 0 && TrainerEvent.TryParse(Encoding.UTF8.GetString([.. _unfinished])) is { } entry)
            {
                events.Add(entry);
            }

            _unfinished.Clear();
        }

        _unfinished.AddRange(bytes.AsSpan(begin));
        return events;
    }
}
