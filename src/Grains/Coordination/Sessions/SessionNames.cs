using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>Which name an incarnation had, also after it ended: a session that asks in an older generation is told its own step.</summary>
/// <param name="record">Knows those that were opened under earlier coordinators.</param>
internal sealed class SessionNames(RecordLedger record)
{
    // As many as a model may have sessions open; of those that are forgotten only the step is not said.
    private const int NamesMax = 10_000;

    private readonly Dictionary<Guid, string> _names = [];
    private readonly Queue<Guid> _order = new();

    /// <summary>Remembers the name of an incarnation.</summary>
    public void Add(Guid incarnation, string name)
    {
        if (!_names.TryAdd(incarnation, name))
        {
            return;
        }

        _order.Enqueue(incarnation);
        if (_order.Count > NamesMax)
        {
            _names.Remove(_order.Dequeue());
        }
    }

    /// <summary>The name of an incarnation, or null.</summary>
    public string? Find(Guid incarnation) => _names.GetValueOrDefault(incarnation) ?? KnownSessions.Find(record.Current, incarnation)?.Name;
}
