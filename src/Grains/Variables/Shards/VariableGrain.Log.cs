using Cairn.Contracts.Models;
using Microsoft.Extensions.Logging;

namespace Cairn.Grains.Variables.Shards;

internal sealed partial class VariableGrain
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {Shard} could not report its fresh activation, and waits to be asked for: {Reason}")]
    private static partial void LogNotIntroduced(ILogger logger, ShardId shard, string reason);
}
