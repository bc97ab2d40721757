namespace Cairn.Grains.Coordination.Records;

/// <summary>What an attempt finds at its prefix.</summary>
internal enum AttemptKind
{
    /// <summary>No checkpoint: files are written under their final names.</summary>
    Plain,

    /// <summary>A checkpoint, or a broken prefix: files are completed elsewhere first.</summary>
    Replace,
}
