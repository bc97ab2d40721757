using Cairn.Format.Bundles;

namespace Cairn.Format.Checkpoints;

/// <summary>One checkpoint of a folder: its index is there.</summary>
/// <param name="Prefix">Its name in the store.</param>
/// <param name="Step">The step in its name, or null.</param>
/// <param name="LastModified">When its index was written.</param>
/// <param name="IndexBytes">Length of the index.</param>
/// <param name="DataBytes">Summed length of the data files of this prefix, left-overs of an older save with another number of files included.</param>
/// <param name="DataFiles">How many they are.</param>
/// <param name="HasMeta">True if the MetaGraphDef is there.</param>
/// <param name="IsNamed">True if the state file names it.</param>
/// <param name="IsLatest">True if the state file names it as the newest.</param>
public sealed record CheckpointListing(
    CheckpointPrefix Prefix,
    long? Step,
    DateTimeOffset LastModified,
    long IndexBytes,
    long DataBytes,
    int DataFiles,
    bool HasMeta,
    bool IsNamed,
    bool IsLatest);
