using Microsoft.Extensions.Logging;

namespace Cairn.Grains.Coordination;

/// <summary>What coordinators log.</summary>
internal sealed partial class CoordinatorLog(ILogger<CoordinatorLog> logger)
{
    [LoggerMessage(1, LogLevel.Information, "Model {Model}: coordinator of epoch {Epoch}, generation {Generation}.")]
    public partial void Entered(string model, long epoch, long generation);

    [LoggerMessage(2, LogLevel.Information, "Model {Model}: ready in generation {Generation} with {Shards} shards.")]
    public partial void Ready(string model, long generation, int shards);

    [LoggerMessage(3, LogLevel.Warning, "Model {Model}: rolls back to {Base} as generation {Generation}: {Cause}")]
    public partial void RollsBack(string model, string @base, long generation, string cause);

    [LoggerMessage(4, LogLevel.Error, "Model {Model}: the base could not be loaded; restore a checkpoint or initialise the variables. {Cause}")]
    public partial void Unloaded(string model, string cause);

    [LoggerMessage(5, LogLevel.Warning, "Model {Model}: recovery failed and is tried again: {Cause}")]
    public partial void RecoveryFailed(string model, string cause);

    [LoggerMessage(6, LogLevel.Information, "Model {Model}: {Kind} of {Prefix} begins.")]
    public partial void Begins(string model, string kind, string prefix);

    [LoggerMessage(7, LogLevel.Information, "Model {Model}: {Kind} of {Prefix} done in {Seconds:0.000} s, {Bytes} bytes.")]
    public partial void Done(string model, string kind, string prefix, double seconds, long bytes);

    [LoggerMessage(8, LogLevel.Warning, "Model {Model}: {Kind} of {Prefix} failed.")]
    public partial void Failed(string model, string kind, string prefix, Exception fault);

    [LoggerMessage(9, LogLevel.Warning, "Model {Model}: the attempt to save {Prefix} could not be cleared away; it is resolved later.")]
    public partial void AbortFailed(string model, string prefix, Exception fault);

    [LoggerMessage(10, LogLevel.Warning, "Model {Model}: {Session} ended, step {Step} abandoned, torn: {IsTorn}.")]
    public partial void StepAbandoned(string model, string session, long step, bool isTorn);

    [LoggerMessage(11, LogLevel.Error, "Model {Model}: this coordinator ends: {Cause}")]
    public partial void Ends(string model, string cause);

    [LoggerMessage(12, LogLevel.Error, "Model {Model}: the coordinator met an unexpected fault.")]
    public partial void Unexpected(string model, Exception fault);

    [LoggerMessage(13, LogLevel.Debug, "Model {Model}: {Session} ended.")]
    public partial void SessionEnded(string model, string session);

    [LoggerMessage(15, LogLevel.Debug, "Model {Model}: cut {Cut} for {Prefix} sealed after {Seconds:0.000} s, {WaitedSeconds:0.000} s of them for steps.")]
    public partial void Cut(string model, string prefix, long cut, double waitedSeconds, double seconds);

    [LoggerMessage(20, LogLevel.Information, "Model {Model}: {Count} shards of silo {Silo} were handed over in {Seconds:0.000} s.")]
    public partial void HandedOver(string model, int count, SiloAddress silo, double seconds);

    [LoggerMessage(21, LogLevel.Warning, "Model {Model}: a shard of silo {Silo} was not handed over, and is tried again: {Cause}")]
    public partial void HandOverFailed(string model, SiloAddress silo, string cause);

    [LoggerMessage(14, LogLevel.Information, "Model {Model}: recovery ends with its silo: {Cause}")]
    public partial void RecoveryEnds(string model, string cause);

    [LoggerMessage(15, LogLevel.Warning, "Model {Model}: the record does not take that a step is given up; it is tried again: {Cause}")]
    public partial void NotNoted(string model, string cause);

    [LoggerMessage(16, LogLevel.Information, "Model {Model}: saves {Prefix} by itself: {Cause}")]
    public partial void SavesItself(string model, string prefix, string cause);
}
