namespace Cairn.Format.Bundles;

/// <summary>Finds the names that somebody who mistyped one may have meant.</summary>
public static class NearestNames
{
    // An error message is worth a moment, not a minute: work is bounded whatever the checkpoint holds.
    private const int NamesMax = 100_000;
    private const int LengthMax = 256;

    /// <summary>At most <paramref name="countMax"/> of <paramref name="names"/>, best first: those that differ only in case, contain <paramref name="wanted"/>
    /// or are contained in it, or are a few edits away.</summary>
    public static IReadOnlyList<string> Find(string wanted, IEnumerable<string> names, int countMax = 3)
    {
        int editsMax = Math.Max(2, wanted.Length / 4);
        return
        [
            .. names.Take(NamesMax)
                .Select(name => (Name: name, Score: Score(wanted, name, editsMax)))
                .Where(candidate => candidate.Score < int.MaxValue)
                .OrderBy(candidate => candidate.Score).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
                .Take(countMax).Select(candidate => candidate.Name),
        ];
    }

    /// <summary>The tail of a message: <c>; nearest: 'a', 'b'</c>, or nothing when no name is near.</summary>
    public static string Hint(string wanted, IEnumerable<string> names)
    {
        IReadOnlyList<string> nearest = Find(wanted, names);
        return nearest.Count == 0 ? "" : $"; nearest: {string.Join(", ", nearest.Select(name => $"'{name}'"))}";
    }

    /// <summary>The edit distance (insert, delete, replace), or <see cref="int.MaxValue"/> when it is over <paramref name="editsMax"/>.</summary>
    internal static int EditDistance(string a, string b, int editsMax)
    {
        if (Math.Abs(a.Length - b.Length) > editsMax)
        {
            return int.MaxValue;
        }

        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            int best = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
                best = Math.Min(best, row[j]);
            }

            if (best > editsMax)
            {
                return int.MaxValue;
            }
        }

        return row[^1] <= editsMax ? row[^1] : int.MaxValue;
    }

    // Less is nearer. A name within the other is as near as two edits, and nearer the less it leaves over.
    private static int Score(string wanted, string name, int editsMax)
    {
        if (wanted.Length == 0 || name.Length == 0)
        {
            return int.MaxValue;
        }

        if (name.Equals(wanted, StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }

        int within = name.Contains(wanted, StringComparison.OrdinalIgnoreCase) || (name.Length > 1 && wanted.Contains(name, StringComparison.OrdinalIgnoreCase))
            ? 200 + Math.Abs(name.Length - wanted.Length)
            : int.MaxValue;
        int edits = wanted.Length <= LengthMax && name.Length <= LengthMax ? EditDistance(wanted, name, editsMax) : int.MaxValue;
        return Math.Min(within, edits == int.MaxValue ? edits : edits * 100);
    }
}
