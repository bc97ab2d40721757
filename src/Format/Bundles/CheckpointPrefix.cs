using System.Text.RegularExpressions;

namespace Cairn.Format.Bundles;

/// <summary>The name of a checkpoint in a store, such as <c>model/model.ckpt-1000</c>; it makes the names of all files of the checkpoint. Its last part may be
/// empty (<c>models/</c>).</summary>
/// <param name="Value">Blob name without an extension; parts are separated by <c>/</c>.</param>
public readonly partial record struct CheckpointPrefix(string Value)
{
    /// <summary>The table of tensors. A checkpoint exists if and only if this file does.</summary>
    public string IndexName => Value + ".index";

    /// <summary>The MetaGraphDef.</summary>
    public string MetaName => Value + ".meta";

    /// <summary>What Cairn adds: cut, generation, sessions, digests. Not needed for reading.</summary>
    public string SidecarName => Value + ".cairn.json";

    /// <summary>The folder, with its trailing <c>/</c>; empty at the root of the store.</summary>
    public string Folder => Value[..(Value.LastIndexOf('/') + 1)];

    /// <summary>The last part of the name.</summary>
    public string FileName => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>Data file <paramref name="shardIndex"/> of <paramref name="shardCount"/>: <c>PREFIX.data-00000-of-00001</c>.</summary>
    public string DataName(int shardIndex, int shardCount) => $"{Value}.data-{shardIndex:D5}-of-{shardCount:D5}";

    /// <summary>Splits the name of a checkpoint's file. False for any other name.</summary>
    /// <param name="name">The name of a blob.</param>
    /// <param name="prefix">The checkpoint it belongs to.</param>
    /// <param name="suffix"><c>.index</c>, <c>.meta</c>, <c>.cairn.json</c>, or <c>.data-</c> with its numbers.</param>
    public static bool TryFileSuffix(string name, out CheckpointPrefix prefix, out string suffix)
    {
        Match match = FileSuffix().Match(name);
        suffix = match.Value;
        prefix = new CheckpointPrefix(name[..^suffix.Length]);
        return match.Success;
    }

    /// <summary>What is said of one who gives a file's name for a prefix: <c>names a file of a checkpoint; give the prefix, without .index: 'm'</c>. Null when
    /// it is none.</summary>
    public static string? FileNameFault(string name) => TryFileSuffix(name, out CheckpointPrefix prefix, out string suffix)
        ? $"names a file of a checkpoint; give the prefix, without {(IsData(suffix) ? ".data-..." : suffix)}: '{prefix}'"
        : null;

    /// <summary>Whether a suffix is that of a data file.</summary>
    public static bool IsData(string suffix) => suffix.StartsWith(".data-", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Value;

    [GeneratedRegex(@"(\.data-[0-9]{5,}-of-[0-9]{5,}|\.index|\.meta|\.cairn\.json)\z", RegexOptions.CultureInvariant)]
    private static partial Regex FileSuffix();
}
