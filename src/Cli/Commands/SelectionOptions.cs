using System.CommandLine;
using Cairn.Format.Errors;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Commands;

/// <summary>The options that say which tensors are taken, under which names and in which types.</summary>
internal sealed class SelectionOptions
{
    private readonly Option<string[]> _include = new("--include")
    {
        Description = "Take only tensors whose names match; may be repeated. '*' stands for any characters, '/' too; '?' for one; [ab] for one of them",
        HelpName = "GLOB",
    };

    private readonly Option<string[]> _exclude = new("--exclude") { Description = "Leave out tensors whose names match; may be repeated", HelpName = "GLOB" };

    private readonly Option<string[]> _map = new("--map") { Description = "Give a tensor another name; may be repeated", HelpName = "OLD=NEW" };

    private readonly Option<string[]> _mapRegex = new("--map-regex")
    {
        Description = "Replace every match of a regular expression in the names ($1: its first group); may be repeated, after --map, in order",
        HelpName = "PATTERN=REPLACEMENT",
    };

    private readonly Option<string[]> _cast = new("--cast")
    {
        Description = "Turn tensors of one type into another, such as float=bfloat16; may be repeated. Each value becomes the nearest, ties to even; what is too "
            + "large becomes infinity (NaN where there is none). To an integer: towards zero, and what does not fit is refused",
        HelpName = "FROM=TO",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_include, _exclude, _map, _mapRegex, _cast])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether any of the options was given.</summary>
    public bool IsGiven(ParseResult parsed) => ((Option[])[_include, _exclude, _map, _mapRegex, _cast]).Any(option => parsed.GetResult(option) is not null);

    /// <summary>The tensors that are taken, as they shall be.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: an option is wrong, or matches nothing.</exception>
    public IReadOnlyCollection<TensorSource> Apply(ParseResult parsed, IReadOnlyCollection<TensorSource> tensors)
    {
        TensorSelection selection = new()
        {
            Include = [.. Values(parsed, _include).Select(glob => new NameGlob(glob))],
            Exclude = [.. Values(parsed, _exclude).Select(glob => new NameGlob(glob))],
            Renames = [.. Values(parsed, _map).Select(ToExactRule), .. Values(parsed, _mapRegex).Select(ToRegexRule)],
        };
        Dictionary<TensorDType, TensorDType> casts = [];
        foreach (string value in Values(parsed, _cast))
        {
            (string from, string to) = Pairs.Split(_cast.Name, value, "FROM=TO");
            casts[TypeOf(from)] = TypeOf(to);
        }

        IReadOnlyCollection<TensorSource> taken = selection.Apply(tensors);
        foreach (TensorDType from in casts.Keys.Where(from => taken.All(tensor => tensor.DType != from)))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{_cast.Name} {from.ShortName()}={casts[from].ShortName()}': no tensor has that type.");
        }

        return [.. taken.Select(tensor => casts.TryGetValue(tensor.DType, out TensorDType to) ? tensor.CastTo(to) : tensor)];
    }

    private NameRule ToExactRule(string value)
    {
        (string old, string renamed) = Pairs.Split(_map.Name, value, "OLD=NEW");
        return NameRule.Exact(old, renamed);
    }

    private NameRule ToRegexRule(string value)
    {
        (string pattern, string replacement) = Pairs.Split(_mapRegex.Name, value, "PATTERN=REPLACEMENT");
        return NameRule.Replacing(pattern, replacement);
    }

    private static string[] Values(ParseResult parsed, Option<string[]> option) => parsed.GetValue(option) ?? [];

    private static TensorDType TypeOf(string name) => TensorDTypes.TryParse(name, out TensorDType dtype)
        ? dtype
        : throw new CheckpointException(
            CheckpointError.InvalidArgument, $"'{name}' is no type; 'inspect' shows those of a checkpoint: float, half, bfloat16, double, int32, int64, ...");
}
