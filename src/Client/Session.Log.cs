using Microsoft.Extensions.Logging;

namespace Cairn.Client;

public sealed partial class Session
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of session {Session} of model {Model} was not renewed: {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string session, string model, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session} of model {Model} was not closed, its lease runs out: {Reason}")]
    private static partial void LogNotClosed(ILogger logger, string session, string model, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Step {Step} of session {Session} of model {Model} was not abandoned, its lease runs out: {Reason}")]
    private static partial void LogNotAbandoned(ILogger logger, long step, string session, string model, string reason);
}
