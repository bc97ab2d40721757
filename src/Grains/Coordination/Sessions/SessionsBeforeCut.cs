using System.Collections.Immutable;
using Cairn.Format.Sidecars;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>What a checkpoint says of the sessions. Pure.</summary>
internal static class SessionsBeforeCut
{
    /// <summary>How far every name had come before the newest cut, in the order of the names: those that ever ended a step in this lineage, and those that are
    /// open. To be taken when no step before the cut is open any more.</summary>
    public static ImmutableArray<SidecarSession> Of(SessionLedger ledger)
    {
        SortedDictionary<string, EndedStep> names = new(ledger.Ended.Steps, StringComparer.Ordinal);
        HashSet<string> open = new(StringComparer.Ordinal);
        foreach (SessionEntry session in ledger.Sessions.Values.Where(session => session.Name is not null))
        {
            names[session.Name!] = session.Ended;
            open.Add(session.Name!);
        }

        return
        [
            .. from name in names
               let before = name.Value.Before(ledger.Cut)
               where before.Step >= 0 || open.Contains(name.Key)
               select new SidecarSession(name.Key, before.Incarnation, before.Step),
        ];
    }
}
