using System.Globalization;
using System.Text.RegularExpressions;
using Cairn.Format.Errors;

namespace Cairn.Format.Graphs;

/// <summary>The names of the nodes of a graph that is being built; no two are equal.</summary>
internal sealed partial class GraphNames
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);

    /// <summary>Takes a name that cannot be another.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: it is taken, or no node may have it.</exception>
    public void Claim(string name)
    {
        if (!NodeName().IsMatch(name))
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"A TensorFlow graph cannot hold a variable named '{name}': use letters, digits, '_', '.', '-' and '/', "
                    + "beginning with a letter, digit or '.', or save without .meta.");
        }

        if (!_taken.Add(name))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"At least two variables have the same name: {name}");
        }

        for (int slash = name.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = name.IndexOf('/', slash + 1))
        {
            _folders.Add(name[..slash]);
        }
    }

    /// <summary>Takes <paramref name="name"/>, or the first of <c>name_1</c>, <c>name_2</c>, ... that is free.</summary>
    public string Unique(string name)
    {
        string unique = FirstFree(name, _taken.Contains);
        _taken.Add(unique);
        return unique;
    }

    /// <summary>A scope that nothing is named or in.</summary>
    public string Scope(string name) => FirstFree(name, candidate => _taken.Contains(candidate) || _folders.Contains(candidate));

    private static string FirstFree(string name, Func<string, bool> isTaken)
    {
        string candidate = name;
        for (int number = 1; isTaken(candidate); number++)
        {
            candidate = string.Create(CultureInfo.InvariantCulture, $"{name}_{number}");
        }

        return candidate;
    }

    [GeneratedRegex(@"^[A-Za-z0-9.][A-Za-z0-9_.\-/]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex NodeName();
}
