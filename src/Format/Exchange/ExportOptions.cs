using System.Collections.Immutable;

namespace Cairn.Format.Exchange;

/// <summary>How tensors are written for other programs.</summary>
public sealed record ExportOptions
{
    /// <summary>Replaces a file of the same name. Default false: refused.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Texts that a safetensors file carries, such as <c>format</c> = <c>pt</c>. Default: none.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Is told the length of every piece that was written, in bytes. Default null.</summary>
    public IProgress<long>? Progress { get; init; }
}
