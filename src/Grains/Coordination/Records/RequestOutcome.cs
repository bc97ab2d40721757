using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Records;

/// <summary>How a request ended, so that its repeat gets the same answer.</summary>
/// <param name="Request">The caller's id.</param>
/// <param name="Kind">Save or restore.</param>
/// <param name="Prefix">The checkpoint, with the step.</param>
/// <param name="Generation">The generation saved, or begun.</param>
/// <param name="Error">Why it failed; null when it succeeded.</param>
/// <param name="Message">What went wrong, or null.</param>
/// <param name="EndedAt">When.</param>
internal sealed record RequestOutcome(
    Guid Request,
    RequestKind Kind,
    string Prefix,
    long Generation,
    CheckpointError? Error,
    string? Message,
    DateTimeOffset EndedAt)
{
    /// <summary>The longest message that is kept, in characters: a thousand of them are in one record.</summary>
    public const int MessageLengthMax = 2048;

    /// <summary>The outcome with its message cut to what is kept.</summary>
    public RequestOutcome Cut() => Message is { Length: > MessageLengthMax } ? this with { Message = Message[..(MessageLengthMax - 3)] + "..." } : this;
}
