using System.Collections.Immutable;

namespace Cairn.Grains.Coordination.Records;

/// <summary>What a saver keeps: a saver is a folder and the name of its state file.</summary>
/// <param name="Folder">The folder, with its trailing <c>/</c>; empty at the store's root.</param>
/// <param name="StateFile">The state file's name in it.</param>
/// <param name="NextKeepTime">An evicted checkpoint saved after this time is kept for ever; seconds since 1970.</param>
/// <param name="Last">The checkpoints kept for now, oldest first.</param>
/// <param name="Evicted">Those whose turn to be deleted has not come.</param>
internal sealed record SaverHistory(
    string Folder,
    string StateFile,
    double NextKeepTime,
    ImmutableArray<KeptCheckpoint> Last,
    ImmutableArray<KeptCheckpoint> Evicted)
{
    /// <summary>The state file's name in the store.</summary>
    public string StateName => Folder + StateFile;
}
