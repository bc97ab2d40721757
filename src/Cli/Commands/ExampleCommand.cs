using System.CommandLine;

namespace Cairn.Cli.Commands;

/// <summary>A command whose help ends with an example.</summary>
/// <param name="name">Its name.</param>
/// <param name="summary">What it does, in a line without a full stop: the list of commands shows it.</param>
/// <param name="details">What a user should know before he uses it.</param>
/// <param name="example">A command line as a user would type it.</param>
/// <param name="failureStatus">The status for damage and work that failed.</param>
internal sealed class ExampleCommand(string name, string summary, string details, string example, int failureStatus = ExitCode.Failure)
    : Command(name, summary)
{
    /// <summary>A command line as a user would type it.</summary>
    public string Example => example;

    /// <summary>What a user should know, which its help tells.</summary>
    public string Details => details;

    /// <summary>The status for damage and work that failed; another one where 1 has a meaning of its own.</summary>
    public int FailureStatus => failureStatus;
}
