using System.CommandLine;

namespace Cairn.Cli.Commands;

/// <summary>The arguments and options that several commands have, each worded once.</summary>
internal static class Arguments
{
    public const string Places = "a path, file://..., azblob://CONTAINER/..., or https://ACCOUNT.blob.core.windows.net/CONTAINER/...";

    public static Argument<string> Prefix(string name = "PREFIX", string role = "The checkpoint") =>
        new(name)
        {
            Description = $"{role}, without an extension, such as model/model.ckpt-1000 ('models/' where the index is 'models/.index'): {Places}",
            HelpName = name,
            CompletionSources = { Completions.Prefixes },
        };

    public static Argument<string[]> Prefixes(string role) => new("PREFIX")
    {
        Description = role,
        HelpName = "PREFIX",
        Arity = ArgumentArity.OneOrMore,
        CompletionSources = { Completions.Prefixes },
    };

    public static Option<string> Output(string role) => new("--output", "-o") { Description = $"{role}, without an extension", HelpName = "DST", Required = true };

    public static Option<string?> Filter() =>
        new("--filter") { Description = "Only tensors whose names match: '*' any characters, '/' too; '?' one; [ab] one of them", HelpName = "GLOB" };

    public static Argument<string> Folder() => new("DIR") { Description = $"The folder of the checkpoints: {Places}" };

    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document and nothing else" };
}
