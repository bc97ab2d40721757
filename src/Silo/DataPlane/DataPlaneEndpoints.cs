using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Shards;
using Cairn.Grains.Variables.Transfers;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace Cairn.Silo.DataPlane;

/// <summary>The HTTP surface for tensor bytes, as docs/data-plane.md describes it.</summary>
internal static class DataPlaneEndpoints
{
    private const string Pattern = "/v1/models/{model}/shards/{index}/{part}";

    /// <summary>A body holds pages while it comes, so it may not trickle: 128 KiB/s brings 64 MiB in under nine minutes.</summary>
    private static readonly MinDataRate DataRate = new(bytesPerSecond: 128 << 10, gracePeriod: TimeSpan.FromSeconds(10));

    /// <summary>Maps the data plane.</summary>
    public static IEndpointRouteBuilder MapCairnDataPlane(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Pattern, [HttpMethods.Put, HttpMethods.Post], static context => ServeAsync(context, ShardReceiver.ReceiveAsync));
        routes.MapMethods($"{Pattern}/handovers/{{handover}}", [HttpMethods.Get], static context => AnswerAsync(context, ShardSender.SendParcelAsync));
        routes.MapMethods(Pattern, [HttpMethods.Get], static context => ServeAsync(context, ShardSender.SendAsync));
        return routes;
    }

    private static Task ServeAsync(HttpContext context, Func<HttpContext, ShardTransfers, LocalShard, TensorPart, Task> serve) =>
        AnswerAsync(context, async (_, transfers, shard, part) =>
        {
            if (transfers.Find(shard) is { } local)
            {
                await serve(context, transfers, local, part);
            }
            else
            {
                Uri owner = await context.RequestServices.GetRequiredService<ShardOwners>().FindAsync(shard, context.RequestAborted);
                HttpRequest request = context.Request;
                context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
                context.Response.Headers.Location = new Uri(owner, request.Path.ToUriComponent() + request.QueryString.ToUriComponent()).AbsoluteUri;
            }
        });

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, ShardTransfers, ShardId, TensorPart, Task> answer)
    {
        SetDataRates(context);
        try
        {
            (ShardId shard, TensorPart part) = DataPlaneRequest.ShardOf(context.Request);
            await answer(context, context.RequestServices.GetRequiredService<ShardTransfers>(), shard, part);
        }
        catch (CheckpointException refusal) when (!context.Response.HasStarted)
        {
            await Problem.WriteAsync(context, refusal.Error, refusal.Message);
        }
        catch (TimeoutException slow) when (!context.Response.HasStarted)
        {
            await Problem.WriteAsync(context, CheckpointError.TryAgain,
                $"The shard or the coordinator did not answer in time; the update may have been applied. Repeat it under the same operation. ({slow.Message})");
        }
        catch (BadHttpRequestException broken) when (!context.Response.HasStarted)
        {
            (int status, CheckpointError error) = Problem.StatusOf(broken);
            await Problem.WriteAsync(context, status, error, $"The body did not come whole, and nothing was changed: {broken.Message}");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; what it held was freed on the way here.
        }
    }

    private static void SetDataRates(HttpContext context)
    {
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request)
        {
            request.MinDataRate = DataRate;
        }

        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response)
        {
            response.MinDataRate = DataRate;
        }
    }
}
