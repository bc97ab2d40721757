namespace Cairn.Chaos;

/// <summary>Prints what happens, with the minutes and seconds since the run began. Thread-safe.</summary>
internal sealed class Timeline
{
    private readonly Lock _lock = new();
    private readonly long _start = TimeProvider.System.GetTimestamp();

    /// <summary>How long the run has lasted.</summary>
    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_start);

    public void Say(string text)
    {
        lock (_lock)
        {
            Console.WriteLine($"{Elapsed:hh\\:mm\\:ss}  {text}");
        }
    }
}
