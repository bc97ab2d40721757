namespace Cairn.Format.Bundles;

/// <summary>The name of a checkpoint in a store, such as <c>model/model.ckpt-1000</c>; it makes the names of all files of the checkpoint. Its last part may be
/// empty (<c>models/</c>).</summary>
/// <param name="Value">Blob name without an extension; parts are separated by <c>/</c>.</param>
public readonly record struct CheckpointPrefix(string Value)
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

    /// <inheritdoc/>
    public override string ToString() => Value;
}
