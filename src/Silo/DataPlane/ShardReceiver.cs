using System.IO.Pipelines;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Shards;
using Cairn.Grains.Variables.Transfers;
using Microsoft.AspNetCore.Http.Features;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace Cairn.Silo.DataPlane;

/// <summary>Receives the body of an update into pages and has the shard apply it. Everything that
/// can be refused without the body is refused before its first byte.</summary>
internal static class ShardReceiver
{
    /// <summary>Serves PUT and POST.</summary>
    public static async Task ReceiveAsync(HttpContext context, ShardTransfers transfers, LocalShard local, TensorPart part)
    {
        HttpRequest request = context.Request;
        ShardUpdate update = DataPlaneRequest.UpdateOf(request, part);
        local.RequireCurrent(update);
        if (request.ContentLength is not { } lengthBytes)
        {
            await Problem.WriteAsync(context, StatusCodes.Status411LengthRequired, CheckpointError.InvalidArgument,
                "A body needs a Content-Length: the bytes of the range.");
            return;
        }

        if (lengthBytes > local.LengthBytes)
        {
            await Problem.WriteAsync(
                context, StatusCodes.Status413PayloadTooLarge, CheckpointError.LimitExceeded,
                $"A body of {lengthBytes} bytes is longer than shard '{local.Shard}', which has {local.LengthBytes} bytes.");
            return;
        }

        RequireFit(local, update, lengthBytes);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = lengthBytes; // The shard's length was its limit.
        }

        using ReceivedBody body = transfers.Rent(update.OffsetBytes, lengthBytes);
        await FillAsync(body, request.BodyReader, context.RequestAborted);
        bool applied = await transfers.ApplyAsync(local.Shard, update, body);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers["Cairn-Applied"] = applied ? "true" : "false";
    }

    private static void RequireFit(LocalShard local, ShardUpdate update, long lengthBytes)
    {
        bool isInside = update.OffsetBytes >= 0 && update.OffsetBytes <= local.LengthBytes - lengthBytes;
        bool isWhole = update.OffsetBytes == 0 && lengthBytes == local.LengthBytes;
        if (!isInside || (update.Kind == UpdateKind.Initialise && !isWhole))
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"{lengthBytes} bytes at {update.OffsetBytes} do not fit shard '{local.Shard}', which has {local.LengthBytes} " +
                $"bytes{(update.Kind == UpdateKind.Initialise ? " and is initialised whole" : string.Empty)}.");
        }

        if (update.OffsetBytes % local.ElementBytes != 0 || lengthBytes % local.ElementBytes != 0)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"{lengthBytes} bytes at {update.OffsetBytes} of shard '{local.Shard}' are not whole elements of {local.ElementBytes} bytes.");
        }
    }

    private static async Task FillAsync(ReceivedBody body, PipeReader reader, CancellationToken cancellationToken)
    {
        while (body.MissingBytes > 0)
        {
            ReadResult result = await reader.ReadAsync(cancellationToken);
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                body.Append(segment.Span);
            }

            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted && body.MissingBytes > 0)
            {
                throw new BadHttpRequestException($"It ended {body.MissingBytes} bytes early.");
            }
        }
    }
}
