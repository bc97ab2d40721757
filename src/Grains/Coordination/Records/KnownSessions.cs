using System.Collections.Immutable;
using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Coordination.Records;

/// <summary>The rules of the sessions that a record remembers: one entry for a name, the newest incarnation of it, the latest change at the end. Pure.</summary>
internal static class KnownSessions
{
    /// <summary>The record with <paramref name="changed"/> taken in: of several of one name, the last. Nothing changed gives the record itself. Beyond
    /// <paramref name="namesMax"/> names, those that ended first are forgotten, and would begin with step 0 again if their coordinator died as well.</summary>
    /// <param name="record">The record.</param>
    /// <param name="changed">Sessions as they are now.</param>
    /// <param name="namesMax">How many names are remembered; those that are open always are.</param>
    /// <param name="isOpen">Whether an incarnation is open.</param>
    public static CoordinatorRecord Note(CoordinatorRecord record, IReadOnlyList<KnownSession> changed, int namesMax, Func<Guid, bool> isOpen)
    {
        ImmutableArray<KnownSession> before = Of(record);
        Dictionary<string, KnownSession> latest = new(StringComparer.Ordinal);
        foreach (KnownSession session in changed)
        {
            latest[session.Name] = session;
        }

        foreach (KnownSession known in before)
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
            [.. before.Where(known => !latest.ContainsKey(known.Name)), .. latest.Values.OrderBy(session => session.Name, StringComparer.Ordinal)];
        int surplus = all.Length - namesMax;
        return record with { Sessions = surplus > 0 ? [.. all.Where(session => isOpen(session.Incarnation) || surplus-- <= 0)] : all };
    }

    /// <summary>The record at the beginning of a generation: of every name, how far it had come in the state that was loaded. The incarnations stay known: a
    /// session of the last generation that asks is told its own step.</summary>
    public static CoordinatorRecord Rebase(CoordinatorRecord record, EndedSteps ended, int namesMax)
    {
        ImmutableArray<KnownSession> before = Of(record);
        HashSet<string> known = [.. before.Select(session => session.Name)];
        ImmutableArray<KnownSession> all =
        [
            .. ended.Names.Where(name => !known.Contains(name)).Select(name => new KnownSession(name, ended.Find(name)?.Newest.Incarnation ?? Guid.Empty, ended.Of(name))),
            .. before.Select(session => session with { LastEnded = ended.Of(session.Name) }),
        ];
        return record with { Sessions = all.Length > namesMax ? all[^namesMax..] : all };
    }

    /// <summary>How far every name had come, as the record has it.</summary>
    public static EndedSteps EndedOf(CoordinatorRecord record) =>
        Of(record).Aggregate(EndedSteps.None, (ended, session) => ended.Remember(session.Name, session.LastEnded, session.Incarnation));

    /// <summary>The session of an incarnation, or null.</summary>
    public static KnownSession? Find(CoordinatorRecord record, Guid incarnation) =>
        Of(record).FirstOrDefault(session => session.Incarnation == incarnation);

    /// <summary>The session of a name, or null.</summary>
    public static KnownSession? Find(CoordinatorRecord record, string name) => Of(record).FirstOrDefault(session => session.Name == name);

    private static ImmutableArray<KnownSession> Of(CoordinatorRecord record) => record.Sessions ?? [];
}
