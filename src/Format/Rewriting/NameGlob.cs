using System.Text;
using System.Text.RegularExpressions;

namespace Cairn.Format.Rewriting;

/// <summary>A pattern of names, as Python's <c>fnmatch</c>: <c>*</c> any characters, <c>/</c> too; <c>?</c> one; <c>[ab]</c> one of them, <c>[!ab]</c> none of
/// them. It matches whole names.</summary>
public sealed class NameGlob
{
    // Of a pattern with many stars the running time grows with a power of the name's length, so the engine without backtracking.
    private readonly Regex _regex;

    /// <summary>Makes a pattern. Every text is one: a bracket that is not closed stands for itself.</summary>
    public NameGlob(string pattern)
    {
        Pattern = pattern;
        _regex = new Regex(ToRegex(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    /// <summary>As it was written.</summary>
    public string Pattern { get; }

    /// <summary>Whether a name is meant.</summary>
    public bool IsMatch(string name) => _regex.IsMatch(name);

    /// <inheritdoc/>
    public override string ToString() => Pattern;

    private static string ToRegex(string pattern)
    {
        StringBuilder regex = new(@"\A");
        for (int at = 0; at < pattern.Length; at++)
        {
            int end = pattern[at] == '[' ? pattern.IndexOf(']', Math.Min(at + 2, pattern.Length)) : -1;
            if (end > 0)
            {
                string set = pattern[(at + 1)..end];
                bool isNegated = set.StartsWith('!');
                regex.Append(isNegated ? "[^" : "[").Append(EscapeSet(isNegated ? set[1..] : set)).Append(']');
                at = end;
                continue;
            }

            regex.Append(pattern[at] switch
            {
                '*' => ".*",
                '?' => ".",
                _ => Regex.Escape(pattern[at].ToString()),
            });
        }

        return regex.Append(@"\z").ToString();
    }

    // A hyphen keeps its meaning, all else stands for itself.
    private static string EscapeSet(string set) =>
        string.Concat(set.Select(letter => letter is '\\' or '[' or ']' or '^' ? $@"\{letter}" : letter.ToString()));
}
