using System.CommandLine;

namespace Cairn.Cli.Commands;

/// <summary>A command whose help ends with an example.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does.</param>
/// <param name="example">A command line as a user would type it.</param>
/// <param name="failureStatus">The status for damage and work that failed.</param>
internal sealed class ExampleCommand(string name, string description, string example, int failureStatus = ExitCode.Failure) : Command(name, description)
{
    /// <summary>A command line as a user would type it.</summary>
    public string Example => example;

    /// <summary>The status for damage and work that failed; another one where 1 has a meaning of its own.</summary>
    public int FailureStatus => failureStatus;
}
