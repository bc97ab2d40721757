namespace Cairn.Format.Graphs;

/// <summary>Pairs a key of a checkpoint with the variable that is saved under it.</summary>
/// <param name="Key">The name in the checkpoint.</param>
/// <param name="Variable">The name of a variable, or of an average (<c>NAME/ExponentialMovingAverage</c>).</param>
public readonly record struct MetaGraphSavedTensor(string Key, string Variable);
