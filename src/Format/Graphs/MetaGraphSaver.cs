using System.Collections.Immutable;

namespace Cairn.Format.Graphs;

/// <summary>The saver that a <c>.meta</c> file carries; the defaults are those of <c>tf.train.Saver</c>.</summary>
/// <remarks>Its nodes are those of a saver that is not sharded, which restores a bundle of any number of data files: it reads by prefix.</remarks>
public sealed record MetaGraphSaver
{
    /// <summary>How many checkpoints are kept; 0 for all.</summary>
    public int MaxToKeep { get; init; } = 5;

    /// <summary>One checkpoint of every so many hours is kept for ever.</summary>
    public float KeepCheckpointEveryNHours { get; init; } = 10000;

    /// <summary>What is saved under which key; empty for every variable and every average under its own name.</summary>
    public ImmutableArray<MetaGraphSavedTensor> Tensors { get; init; } = [];
}
