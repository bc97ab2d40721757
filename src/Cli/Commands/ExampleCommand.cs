using System.CommandLine;

namespace Cairn.Cli.Commands;

/// <summary>A command whose help ends with an example.</summary>
internal sealed class ExampleCommand(string name, string description, string example) : Command(name, description)
{
    /// <summary>A command line as a user would type it.</summary>
    public string Example => example;
}
