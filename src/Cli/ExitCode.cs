using Cairn.Format.Errors;

namespace Cairn.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Something is damaged, or the work failed.</summary>
    public const int Failure = 1;

    /// <summary>Two checkpoints are not the same, as shells say it of files.</summary>
    public const int Different = 1;

    /// <summary>The command line is wrong, or the thing it names is not there or of a kind that Cairn does not read.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by Ctrl-C, as shells say it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>The status for a refusal, where <paramref name="failure"/> is that of failed work.</summary>
    public static int Of(CheckpointError error, int failure) =>
        error is CheckpointError.NotFound or CheckpointError.InvalidArgument or CheckpointError.Unsupported ? Usage : failure;
}
