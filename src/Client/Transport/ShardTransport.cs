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
        StepStamp stamp = step.Stamp;
        ReadOnlyMemory<byte>? inline = InlineCopy(payload);
        RouteTable? used = null;
        TimeSpan timeoutMin = inline is null ? TimeForTwo(payload?.Length ?? 0) : TimeSpan.Zero;
        return retry.RunAsync(AttemptAsync, (_, token) => MendAsync(used, token), timeoutMin, cancellationToken);

        async Task<bool> AttemptAsync(CancellationToken token)
        {
            used = await routes.GetAsync(token).ConfigureAwait(false);
            ShardRoute route = used.Find(shard);
            stamp = step.Stamp;
            ShardUpdate sent = update with { Incarnation = route.Incarnation, Stamp = stamp, Payload = inline };
            try
            {
                return payload is null || inline is not null
                    ? await Grain(shard).ApplyAsync(sent).WaitAsync(callTimeout, token).ConfigureAwait(false)
                    : await dataPlane.PushAsync(route, sent, payload.Value, meter, token).ConfigureAwait(false);
            }
            catch (CheckpointException refusal) when (refusal.Error == CheckpointError.Superseded)
            {
                // A new coordinator: it stamps the open step again, and the refused update is sent again under its old id (PROTOCOL R13).
                await step.RenewAsync(stamp, token).ConfigureAwait(false);
                throw new CheckpointException(CheckpointError.TryAgain, refusal.Message, refusal);
            }
        }
    }

    /// <summary>Fills <paramref name="destination"/> from the shard.</summary>
    public Task ReadAsync(ShardId shard, ShardRead read, Memory<byte> destination, ProgressMeter meter, CancellationToken cancellationToken)
    {
        RouteTable? used = null;
        TimeSpan timeoutMin = destination.Length > ShardUpdate.InlineBytesMax ? TimeForTwo(destination.Length) : TimeSpan.Zero;
        return retry.RunAsync(AttemptAsync, (_, token) => MendAsync(used, token), timeoutMin, cancellationToken);

        async Task<bool> AttemptAsync(CancellationToken token)
        {
            used = await routes.GetAsync(token).ConfigureAwait(false);
            ShardRoute route = used.Find(shard);
            ShardRead sent = read with { Incarnation = route.Incarnation };
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
