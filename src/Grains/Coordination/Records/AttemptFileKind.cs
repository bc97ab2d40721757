namespace Cairn.Grains.Coordination.Records;

/// <summary>What a file of an attempt is.</summary>
internal enum AttemptFileKind
{
    /// <summary>A data file, written by a silo.</summary>
    Data,

    /// <summary>The MetaGraphDef.</summary>
    Meta,

    /// <summary>The sidecar.</summary>
    Sidecar,
}
