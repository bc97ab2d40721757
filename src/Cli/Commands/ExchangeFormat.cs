using System.CommandLine;
using Cairn.Format.Errors;
using Cairn.Format.Exchange;
using Cairn.Storage.Addresses;

namespace Cairn.Cli.Commands;

/// <summary>The formats of other programs that tensors come from and go to.</summary>
internal static class ExchangeFormat
{
    public const string Safetensors = "safetensors";
    public const string Npz = "npz";

    /// <summary>The argument that names a file.</summary>
    public static Argument<string> File(string role) => new("FILE") { Description = $"{role}: {Arguments.Places}" };

    /// <summary>The option that names the format.</summary>
    public static Option<string?> Option(string name)
    {
        Option<string?> option = new(name) { Description = "The format. Default: by the end of FILE" };
        option.AcceptOnlyFromAmong(Safetensors, Npz);
        return option;
    }

    /// <summary>Opens the place of a file.</summary>
    public static ExchangeBlob Open(string address)
    {
        StoreLocation location = StoreLocation.OfPrefix(address);
        return new ExchangeBlob(location.Store, location.Name);
    }

    /// <summary>The format that was named, or that a file's name tells.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: neither.</exception>
    public static string Of(string? named, string file, string option)
    {
        bool isSafetensors = file.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
            || file.EndsWith(".safetensors.index.json", StringComparison.OrdinalIgnoreCase);
        return named ?? (isSafetensors ? Safetensors : file.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) ? Npz : throw new CheckpointException(
            CheckpointError.InvalidArgument, $"The name '{file}' does not tell its format; say {option} {Safetensors} or {option} {Npz}."));
    }
}
