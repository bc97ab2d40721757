using System.Globalization;
using System.Net.Http.Headers;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;

namespace Cairn.Client.Transport;

/// <summary>Writes updates and reads as requests of the data plane (docs/data-plane.md).</summary>
internal static class DataPlaneRequest
{
    private static readonly MediaTypeHeaderValue OctetStream = new("application/octet-stream");

    /// <summary>An update with a body.</summary>
    public static HttpRequestMessage Update(Uri silo, ShardId shard, ShardUpdate update, HttpContent body)
    {
        (HttpMethod method, string op) = update.Kind switch
        {
            UpdateKind.Assign => (HttpMethod.Put, "assign"),
            UpdateKind.Initialise => (HttpMethod.Put, "initialise"),
            UpdateKind.AssignAdd => (HttpMethod.Post, "add"),
            UpdateKind.AssignSub => (HttpMethod.Post, "sub"),
            _ => throw new ArgumentOutOfRangeException(nameof(update), update.Kind, "This update has no body."),
        };
        body.Headers.ContentType = OctetStream;
        var request = new HttpRequestMessage(method, Address(silo, shard, update.Part, $"op={op}&offset={Text(update.OffsetBytes)}")) { Content = body };
        request.Headers.Add("Cairn-Incarnation", update.Incarnation.ToString());
        request.Headers.Add("Cairn-Stamp", Text(update.Stamp));
        request.Headers.Add("Cairn-Operation", Text(update.Operation));
        return request;
    }

    /// <summary>A read of a range.</summary>
    public static HttpRequestMessage Read(Uri silo, ShardId shard, ShardRead read)
    {
        string query = $"generation={Text(read.Generation)}&offset={Text(read.OffsetBytes)}&length={Text(read.LengthBytes)}";
        var request = new HttpRequestMessage(HttpMethod.Get, Address(silo, shard, read.Part, query));
        request.Headers.Add("Cairn-Incarnation", read.Incarnation.ToString());
        if (read.Stamp is { } stamp)
        {
            request.Headers.Add("Cairn-Stamp", Text(stamp));
        }

        return request;
    }

    private static Uri Address(Uri silo, ShardId shard, TensorPart part, string query)
    {
        string partName = part == TensorPart.Value ? "value" : "shadow";
        return new Uri(silo,
            $"/v1/models/{Uri.EscapeDataString(shard.Model)}/shards/{Text(shard.Index)}/{partName}?variable={Uri.EscapeDataString(shard.Variable)}&{query}");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(StepStamp stamp) => $"{Text(stamp.Generation)}.{Text(stamp.Epoch)}.{Text(stamp.Cut)}.{Text(stamp.Step)}";

    private static string Text(OperationId operation) => $"{operation.Session}.{Text(operation.Step)}.{Text(operation.Ordinal)}";
}
