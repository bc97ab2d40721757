using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;

namespace Cairn.Client.Transport;

/// <summary>Sends one update or read to one shard: small payloads in a grain call, larger ones over the data plane. Tried again, under the same operation id,
/// while the fault may pass.</summary>
internal sealed class ShardTransport(IGrainFactory grains, HttpDataPlane dataPlane, TimeSpan callTimeout, RetryPolicy retry, ModelRoutes routes)
{
    /// <summary>Applies an update once. The incarnation and the stamp of <paramref name="update"/> are filled in here, anew for each try.</summary>
    public Task ApplyAsync(
        ShardId shard, ShardUpdate update, ReadOnlyMemory<byte>? payload, IStepStamps step, ProgressMeter meter, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>? inline = InlineCopy(payload);
        TimeSpan timeoutMin = inline is null ? TimeForTwo(payload?.Length ?? 0) : TimeSpan.Zero;
        return RunAsync(shard, step, timeoutMin, SendAsync, cancellationToken);

        Task<bool> SendAsync(ShardRoute route, StepStamp? stamp, CancellationToken token)
        {
            ShardUpdate sent = update with { Incarnation = route.Incarnation, Stamp = stamp!.Value, Payload = inline };
            return payload is null || inline is not null
                ? Grain(shard).ApplyAsync(sent).WaitAsync(callTimeout, token)
                : dataPlane.PushAsync(route, sent, payload.Value, meter, token);
        }
    }

    /// <summary>Fills <paramref name="destination"/> from the shard, for <paramref name="step"/> if the reader is in one.</summary>
    public Task ReadAsync(
        ShardId shard, ShardRead read, Memory<byte> destination, IStepStamps? step, ProgressMeter meter, CancellationToken cancellationToken)
    {
        TimeSpan timeoutMin = destination.Length > ShardUpdate.InlineBytesMax ? TimeForTwo(destination.Length) : TimeSpan.Zero;
        return RunAsync(shard, step, timeoutMin, FetchAsync, cancellationToken);

        async Task<bool> FetchAsync(ShardRoute route, StepStamp? stamp, CancellationToken token)
        {
            ShardRead sent = read with { Incarnation = route.Incarnation, Stamp = stamp };
            if (destination.Length > ShardUpdate.InlineBytesMax)
            {
                await dataPlane.PullAsync(route, sent, destination, meter, token).ConfigureAwait(false);
                return true;
            }

            ReadOnlyMemory<byte> bytes = await Grain(shard).ReadAsync(sent).WaitAsync(callTimeout, token).ConfigureAwait(false);
            bytes.CopyTo(destination[..bytes.Length]);
            meter.Add(bytes.Length);
            return bytes.Length == destination.Length ? true : throw new IOException($"{shard} answered {bytes.Length} bytes of {destination.Length}.");
        }
    }

    /// <summary>Asks a shard how it stands.</summary>
    public Task<ShardReport> ReportAsync(ShardId shard, CancellationToken cancellationToken) => retry.RunAsync(
        token => Grain(shard).ReportAsync().WaitAsync(callTimeout, token), (_, _) => Task.CompletedTask, cancellationToken);

    /// <summary>Tries until it succeeds, each time with the newest route and stamp.</summary>
    private Task<bool> RunAsync(ShardId shard, IStepStamps? step, TimeSpan timeoutMin,
        Func<ShardRoute, StepStamp?, CancellationToken, Task<bool>> attempt, CancellationToken cancellationToken)
    {
        RouteTable? used = null;
        return retry.RunAsync(AttemptAsync, (_, token) => MendAsync(used, token), timeoutMin, cancellationToken);

        async Task<bool> AttemptAsync(CancellationToken token)
        {
            used = await routes.GetAsync(token).ConfigureAwait(false);
            StepStamp? stamp = step?.Stamp;
            try
            {
                return await attempt(used.Find(shard), stamp, token).ConfigureAwait(false);
            }
            catch (CheckpointException refusal) when (refusal.Error == CheckpointError.Superseded && step is not null)
            {
                // A new coordinator: it stamps the open step again, and what was refused is sent again, an update under its old id (PROTOCOL R13).
                await step.RenewAsync(stamp!.Value, token).ConfigureAwait(false);
                throw new CheckpointException(CheckpointError.TryAgain, refusal.Message, refusal);
            }
        }
    }

    /// <summary>A transfer that was cut off for its slowness is tried at least once more.</summary>
    private TimeSpan TimeForTwo(long lengthBytes) => 2 * dataPlane.AllowedFor(lengthBytes);

    private IVariableGrain Grain(ShardId shard) => grains.GetGrain<IVariableGrain>(shard.ToString());

    private async Task MendAsync(RouteTable? used, CancellationToken cancellationToken)
    {
        if (used is not null)
        {
            await routes.RefreshAsync(used, cancellationToken).ConfigureAwait(false);
        }
    }

    // Copied, because a call that timed out may still be read by a silo in this process after the caller has its memory back.
    private static ReadOnlyMemory<byte>? InlineCopy(ReadOnlyMemory<byte>? payload) =>
        payload is { Length: <= ShardUpdate.InlineBytesMax } small ? small.ToArray() : (ReadOnlyMemory<byte>?)null; // A bare null would become an empty memory.
}
