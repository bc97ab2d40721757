namespace Cairn.Format.Errors;

/// <summary>A refusal that the caller can act on. The message names the thing (model, checkpoint, variable, file, numbers) and, where there is one, the
/// remedy.</summary>
/// <remarks>One type for every part of Cairn: the kind is <see cref="Error"/>, so that it crosses processes without a class for each. A subclass exists where
/// the caller needs more than words to go on.</remarks>
public class CheckpointException : Exception
{
    /// <summary>Makes a refusal of kind <paramref name="error"/>.</summary>
    public CheckpointException(CheckpointError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The kind of refusal.</summary>
    public CheckpointError Error { get; }

    /// <summary>Where the damage is, for one made by <see cref="Corrupt"/>: the byte in the file.</summary>
    public long? DamageOffsetBytes { get; private init; }

    /// <summary>What is wrong there, without file and place.</summary>
    public string? DamageReason { get; private init; }

    /// <summary>Damage at a place: <paramref name="file"/>, the byte offset in it, and the reason.</summary>
    public static CheckpointException Corrupt(string file, long offsetBytes, string reason, Exception? innerException = null) =>
        new(CheckpointError.Corrupt, $"'{file}' is damaged at byte {offsetBytes}: {reason}", innerException)
        {
            DamageOffsetBytes = offsetBytes,
            DamageReason = reason,
        };
}
