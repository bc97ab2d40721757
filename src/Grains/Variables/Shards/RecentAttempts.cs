namespace Cairn.Grains.Variables.Shards;

/// <summary>The newest attempts to which something has happened.</summary>
internal sealed class RecentAttempts
{
    /// <summary>A message is late by few saves, and saves of one model follow one another.</summary>
    public const int CountMax = 16;

    private readonly Queue<Guid> _attempts = new();

    /// <summary>Remembers an attempt, and forgets the oldest of too many.</summary>
    public void Add(Guid attempt)
    {
        if (_attempts.Contains(attempt))
        {
            return;
        }

        _attempts.Enqueue(attempt);
        if (_attempts.Count > CountMax)
        {
            _attempts.Dequeue();
        }
    }

    /// <summary>Whether it is remembered.</summary>
    public bool Contains(Guid attempt) => _attempts.Contains(attempt);
}
