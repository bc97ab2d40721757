using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Grains.Variables.Shards;
using Cairn.Grains.Variables.Transfers;

namespace Cairn.Silo.DataPlane;

/// <summary>Sends a range of a shard, of the version that it has when the request comes.</summary>
internal static class ShardSender
{
    /// <summary>Serves GET.</summary>
    public static async Task SendAsync(HttpContext context, ShardTransfers transfers, LocalShard local, TensorPart part)
    {
        ShardRead read = DataPlaneRequest.ReadOf(context.Request, part, local.LengthBytes);
        using ShardLease lease = await transfers.LeaseAsync(local.Shard, read);
        await SendAsync(context, lease);
    }

    /// <summary>Serves GET of a part that is handed over, to the silo that takes it.</summary>
    public static async Task SendParcelAsync(HttpContext context, ShardTransfers transfers, ShardId shard, TensorPart part)
    {
        using ShardLease lease = await transfers.LeaseParcelAsync(shard, DataPlaneRequest.HandOverOf(context.Request), part);
        await SendAsync(context, lease);
    }

    private static async Task SendAsync(HttpContext context, ShardLease lease)
    {
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/octet-stream";
        response.ContentLength = lease.LengthBytes;
        for (long position = 0; position < lease.LengthBytes;)
        {
            ReadOnlyMemory<byte> bytes = lease.BytesAt(position);
            await response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
            position += bytes.Length;
        }
    }
}
