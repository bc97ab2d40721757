namespace Cairn.Grains.Coordination.Records;

/// <summary>The options of a saver that count once the files are there.</summary>
/// <param name="StateFile">The state file's name in the folder.</param>
/// <param name="MaxToKeep">How many checkpoints are kept; 0 for all.</param>
/// <param name="KeepEveryHours">One of every so many hours is kept for ever.</param>
internal sealed record AttemptSaver(string StateFile, int MaxToKeep, double KeepEveryHours);
