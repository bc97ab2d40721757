namespace Cairn.Format.Checkpoints;

/// <summary>A checkpoint that a saver keeps track of.</summary>
/// <param name="Prefix">Its path.</param>
/// <param name="Time">When it was saved, in seconds since 1970; plus infinity for one that was handed to the saver without its time.</param>
public readonly record struct SavedCheckpoint(string Prefix, double Time);
