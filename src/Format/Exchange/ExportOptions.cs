namespace Cairn.Format.Exchange;

/// <summary>How tensors are written for other programs.</summary>
public sealed record ExportOptions
{
    /// <summary>Replaces a file of the same name. Default false: refused.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Is told the length of every piece that was written, in bytes. Default null.</summary>
    public IProgress<long>? Progress { get; init; }
}
