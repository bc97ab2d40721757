using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Cairn.Cli.Commands;

namespace Cairn.Cli.Output;

/// <summary>The library's help, and below it what a user should know of the command, and an example.</summary>
internal sealed class HelpWithExample(HelpAction help) : SynchronousCommandLineAction
{
    /// <summary>The width where there is no terminal to ask.</summary>
    private const int WidthDefault = 110;

    public override bool ClearsParseErrors => true;

    /// <summary>Puts itself in the place of the help of <paramref name="root"/> and all its commands.</summary>
    public static void Install(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        option.Action = new HelpWithExample((HelpAction)option.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        bool isTerminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && Console.WindowWidth > 0;
        help.MaxWidth = isTerminal ? Console.WindowWidth : WidthDefault;
        int status = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is ExampleCommand command)
        {
            output.WriteLine("Details:");
            foreach (string line in Wrap(command.Details, help.MaxWidth - 2))
            {
                output.WriteLine($"  {line}");
            }

            output.WriteLine($"\nExample:\n  {command.Example}\n");
        }

        return status;
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        string line = string.Empty;
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = string.Empty;
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
