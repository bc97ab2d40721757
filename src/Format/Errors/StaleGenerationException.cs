namespace Cairn.Format.Errors;

/// <summary>The model has begun a newer generation than the session works in: by a restore, a rollback, or the loss of a silo. Nothing of the older one is
/// applied any more; what to go on from is here.</summary>
public sealed class StaleGenerationException : CheckpointException
{
    /// <summary>Makes the refusal.</summary>
    /// <param name="message">What has happened, for people.</param>
    /// <param name="generation">The generation that the model is in.</param>
    /// <param name="resumePrefix">The checkpoint that it began from, or null when it began without values.</param>
    /// <param name="resumeStep">The step that the session goes on with, or null when it is not known yet.</param>
    /// <param name="innerException">The refusal that led to this one.</param>
    public StaleGenerationException(string message, long generation, string? resumePrefix, long? resumeStep, Exception? innerException = null)
        : base(CheckpointError.StaleGeneration, message, innerException) =>
        (Generation, ResumePrefix, ResumeStep) = (generation, resumePrefix, resumeStep);

    /// <summary>The generation that the model is in.</summary>
    public long Generation { get; }

    /// <summary>The checkpoint that it began from, or null when it began without values.</summary>
    public string? ResumePrefix { get; }

    /// <summary>The step that the session goes on with: the one after its newest that the generation holds. Null while the generation is being loaded, and for
    /// what belongs to no session.</summary>
    public long? ResumeStep { get; }
}
