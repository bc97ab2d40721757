using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Format.Rewriting;

/// <summary>Which tensors are taken, and under which names. Pure.</summary>
public sealed record TensorSelection
{
    /// <summary>Patterns of which a name must match one; empty takes all.</summary>
    public ImmutableArray<NameGlob> Include { get; init; } = [];

    /// <summary>Patterns of which a name must match none.</summary>
    public ImmutableArray<NameGlob> Exclude { get; init; } = [];

    /// <summary>New names: of the rules that apply to a tensor's name in turn, each gets what the one before it made.</summary>
    public ImmutableArray<NameRule> Renames { get; init; } = [];

    /// <summary>True if it changes nothing.</summary>
    public bool IsEmpty => Include.IsEmpty && Exclude.IsEmpty && Renames.IsEmpty;

    /// <summary>The tensors that are taken, renamed, in their order. Patterns look at the old names.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: a pattern to include or a rule matches nothing, nothing is left, or
    /// two tensors would have one name.</exception>
    public ImmutableArray<TensorSource> Apply(IReadOnlyCollection<TensorSource> tensors)
    {
        foreach (NameGlob glob in Include.Where(glob => !tensors.Any(tensor => glob.IsMatch(tensor.Name))))
        {
            throw Nothing(glob.Pattern, tensors);
        }

        TensorSource[] taken = [.. tensors.Where(tensor =>
            (Include.IsEmpty || Include.Any(glob => glob.IsMatch(tensor.Name))) && !Exclude.Any(glob => glob.IsMatch(tensor.Name)))];
        if (taken.Length == 0 && tensors.Count > 0)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"Of {tensors.Count} tensors none is left after including and excluding.");
        }

        HashSet<NameRule> applied = [];
        ImmutableArray<TensorSource> renamed = [.. taken.Select(tensor => tensor.Renamed(NewName(tensor.Name, applied)))];
        if (Renames.FirstOrDefault(rule => !applied.Contains(rule)) is { } idle)
        {
            throw Nothing(idle.Pattern, taken);
        }

        TensorSources.RequireDistinct(renamed);
        return renamed;
    }

    private string NewName(string name, HashSet<NameRule> applied)
    {
        foreach (NameRule rule in Renames)
        {
            if (rule.TryApply(name) is { } renamed)
            {
                applied.Add(rule);
                name = renamed;
            }
        }

        return name;
    }

    private static CheckpointException Nothing(string pattern, IEnumerable<TensorSource> tensors) => new(
        CheckpointError.InvalidArgument, $"'{pattern}' matches no tensor{NearestNames.Hint(pattern, tensors.Select(tensor => tensor.Name))}.");
}
