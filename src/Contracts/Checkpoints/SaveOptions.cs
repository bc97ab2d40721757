namespace Cairn.Contracts.Checkpoints;

/// <summary>The options of a saver; the defaults are those of <c>tf.train.Saver</c>.</summary>
/// <param name="MaxToKeep">How many checkpoints of this saver's folder to keep; 0 keeps all.</param>
/// <param name="KeepEveryHours">Keeps one for ever each so many hours.</param>
/// <param name="PadStep">Writes the step with at least 8 digits.</param>
/// <param name="WriteMeta">Whether to write the <c>.meta</c>.</param>
/// <param name="WriteState">Whether to write the state file.</param>
/// <param name="StateFileName">The state file's name, <c>checkpoint</c>.</param>
/// <param name="Overwrite">Whether a numbered prefix that is committed already may be replaced; an un-numbered one always may.</param>
/// <param name="DeadlineSeconds">After so long the save is given up, unless it is committing.</param>
[GenerateSerializer, Immutable, Alias("cairn.SaveOptions")]
public sealed record SaveOptions(
    [property: Id(0)] int MaxToKeep = 5,
    [property: Id(1)] double KeepEveryHours = 10000.0,
    [property: Id(2)] bool PadStep = false,
    [property: Id(3)] bool WriteMeta = true,
    [property: Id(4)] bool WriteState = true,
    [property: Id(5)] string StateFileName = "checkpoint",
    [property: Id(6)] bool Overwrite = false,
    [property: Id(7)] double DeadlineSeconds = 300);
