using Cairn.Format.Errors;

namespace Cairn.Cli.Commands;

/// <summary>Values of the form <c>LEFT=RIGHT</c>.</summary>
internal static class Pairs
{
    /// <summary>Splits at the last <c>=</c>; tensor names and expressions may hold others.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: it is no such value.</exception>
    public static (string Left, string Right) Split(string option, string value, string form)
    {
        int at = value.LastIndexOf('=');
        return at > 0
            ? (value[..at], value[(at + 1)..])
            : throw new CheckpointException(CheckpointError.InvalidArgument, $"'{option} {value}' is not of the form {option} {form}.");
    }
}
