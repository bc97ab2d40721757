namespace Cairn.Chaos;

/// <summary>What the run has found wrong. Thread-safe.</summary>
internal sealed class RunFindings(Timeline timeline)
{
    private const int ShownMax = 20;

    private readonly Lock _lock = new();
    private readonly List<string> _hung = [];
    private readonly List<string> _lost = [];
    private readonly List<string> _others = [];

    /// <summary>Calls and processes that did not come to their end in time.</summary>
    public int Hung => Count(_hung);

    /// <summary>Checkpoints that were acknowledged and are not there, or not readable.</summary>
    public int Lost => Count(_lost);

    /// <summary>Whatever else must not be: a process that failed, a step that was forgotten.</summary>
    public int Others => Count(_others);

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsClean => Hung + Lost + Others == 0;

    public void Hang(string finding) => Add(_hung, "HUNG", finding);

    public void Lose(string finding) => Add(_lost, "LOST", finding);

    public void Add(string finding) => Add(_others, "FOUND", finding);

    private int Count(List<string> findings)
    {
        lock (_lock)
        {
            return findings.Count;
        }
    }

    private void Add(List<string> findings, string kind, string finding)
    {
        lock (_lock)
        {
            findings.Add(finding);
            if (findings.Count > ShownMax)
            {
                return; // The first ones tell the cause.
            }
        }

        timeline.Say($"{kind}: {finding}");
    }
}
