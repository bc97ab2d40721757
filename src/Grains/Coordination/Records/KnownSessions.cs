using System.Collections.Immutable;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination.Records;

/// <summary>The rules of the sessions that a record remembers: one entry for a name, the newest incarnation of it, the latest change at the end. Pure.</summary>
internal static class KnownSessions
{
    /// <summary>How many that are not open are remembered: beyond, the one that ended first is forgotten, and would begin with step 0 again if its coordinator
    /// died as well.</summary>
    public const int EndedMax = 1000;

    /// <summary>The record with <paramref name="changed"/> taken in: of several of one name, the last. Nothing changed gives the record itself.</summary>
    /// <param name="record">The record.</param>
    /// <param name="changed">Sessions as they are now.</param>
    /// <param name="isOpen">Whether an incarnation is open.</param>
    public static CoordinatorRecord Note(CoordinatorRecord record, IReadOnlyList<KnownSession> changed, Func<Guid, bool> isOpen)
    {
        Dictionary<string, KnownSession> latest = new(StringComparer.Ordinal);
        foreach (KnownSession session in changed)
        {
            latest[session.Name] = session;
        }

        foreach (KnownSession known in record.Sessions)
        {
            if (latest.TryGetValue(known.Name, out KnownSession? now) && now == known)
            {
                latest.Remove(known.Name);
            }
        }

        if (latest.Count == 0)
        {
            return record;
        }

        ImmutableArray<KnownSession> all =
            [.. record.Sessions.Where(known => !latest.ContainsKey(known.Name)), .. latest.Values.OrderBy(session => session.Name, StringComparer.Ordinal)];
        int surplus = all.Count(session => !isOpen(session.Incarnation)) - EndedMax;
        return record with { Sessions = surplus > 0 ? [.. all.Where(session => isOpen(session.Incarnation) || surplus-- <= 0)] : all };
    }

    /// <summary>The record at the beginning of a generation: of every name, how far it had come in the state that was loaded. The incarnations stay known: a
    /// session of the last generation that asks is told its own step.</summary>
    public static CoordinatorRecord Rebase(CoordinatorRecord record, EndedSteps ended)
    {
        HashSet<string> known = [.. record.Sessions.Select(session => session.Name)];
        ImmutableArray<KnownSession> all =
        [
            .. ended.Names.Where(name => !known.Contains(name)).TakeLast(EndedMax).Select(name => new KnownSession(name, Guid.Empty, ended.Of(name))),
            .. record.Sessions.Select(session => session with { LastEnded = ended.Of(session.Name) }),
        ];
        return all.SequenceEqual(record.Sessions) ? record : record with { Sessions = all };
    }

    /// <summary>How far every name had come, as the record has it.</summary>
    public static EndedSteps EndedOf(CoordinatorRecord record) =>
        record.Sessions.Aggregate(EndedSteps.None, (ended, session) => ended.Remember(session.Name, session.LastEnded));

    /// <summary>The session of an incarnation, or null.</summary>
    public static KnownSession? Find(CoordinatorRecord record, Guid incarnation) =>
        record.Sessions.FirstOrDefault(session => session.Incarnation == incarnation);
}
