using System.Text.RegularExpressions;
using Cairn.Format.Errors;

namespace Cairn.Format.Rewriting;

/// <summary>Gives tensors other names: one tensor by its name, or all that a regular expression matches.</summary>
public sealed class NameRule
{
    // A pattern of the user's own; this is for the one that backtracks without end.
    private static readonly TimeSpan MatchTimeMax = TimeSpan.FromSeconds(1);

    private readonly Regex? _regex;
    private readonly string _replacement;

    private NameRule(string pattern, Regex? regex, string replacement) => (Pattern, _regex, _replacement) = (pattern, regex, replacement);

    /// <summary>The name or the expression.</summary>
    public string Pattern { get; }

    /// <summary>The tensor <paramref name="oldName"/> becomes <paramref name="newName"/>.</summary>
    public static NameRule Exact(string oldName, string newName) => new(oldName, null, newName);

    /// <summary>Every match of a .NET regular expression in a name is replaced; <c>$1</c> stands for its first group.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: it is no regular expression.</exception>
    public static NameRule Replacing(string pattern, string replacement)
    {
        try
        {
            return new NameRule(pattern, new Regex(pattern, RegexOptions.CultureInvariant, MatchTimeMax), replacement);
        }
        catch (ArgumentException fault)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{pattern}' is no regular expression: {fault.Message}", fault);
        }
    }

    /// <summary>The new name, or null if the rule does not apply.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: the expression takes too long.</exception>
    public string? TryApply(string name)
    {
        try
        {
            return _regex is null ? (name == Pattern ? _replacement : null) : _regex.IsMatch(name) ? _regex.Replace(name, _replacement) : null;
        }
        catch (RegexMatchTimeoutException fault)
        {
            throw new CheckpointException(
                CheckpointError.LimitExceeded, $"'{Pattern}' takes more than {MatchTimeMax.TotalSeconds} s on '{name}'; write it with fewer nested repetitions.", fault);
        }
    }
}
