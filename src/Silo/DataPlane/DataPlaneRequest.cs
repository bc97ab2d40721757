using System.Globalization;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Microsoft.Extensions.Primitives;

namespace Cairn.Silo.DataPlane;

/// <summary>Reads path, query and headers of a request. Everything that is wrong is named, with what was expected.</summary>
internal static class DataPlaneRequest
{
    private const string StampHeader = "Cairn-Stamp";
    private const int ModelLengthMax = 100; // ModelDefinition.Name.

    /// <summary>The shard and part that the path and the query name.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: they name none.</exception>
    public static (ShardId Shard, TensorPart Part) ShardOf(HttpRequest request)
    {
        string model = (string)request.RouteValues["model"]!;
        string index = (string)request.RouteValues["index"]!;
        if (model.Length > ModelLengthMax || model[0] == '.' || !model.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-'))
        {
            throw Bad($"'{model}' is no model's name: 1 to {ModelLengthMax} of letters, digits, '.', '_', '-', not beginning with a dot.");
        }

        if (!int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            throw Bad($"'{index}' is no index of a shard: a number from 0.");
        }

        TensorPart part = (string)request.RouteValues["part"]! switch
        {
            "value" => TensorPart.Value,
            "shadow" => TensorPart.Shadow,
            string other => throw Bad($"'{other}' is no part of a shard: 'value' or 'shadow'."),
        };
        return (new ShardId(model, Query(request, "variable") ?? throw Bad("The query names no variable: '?variable=NAME', percent-encoded."), number), part);
    }

    /// <summary>The hand-over that the path names.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: it names none.</exception>
    public static Guid HandOverOf(HttpRequest request)
    {
        string text = (string)request.RouteValues["handover"]!;
        return Guid.TryParseExact(text, "D", out Guid handOver) ? handOver : throw Bad($"'{text}' is no GUID of a hand-over.");
    }

    /// <summary>The update that the request asks for, without its payload.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: a member is missing or malformed.</exception>
    public static ShardUpdate UpdateOf(HttpRequest request, TensorPart part) => new(
        IncarnationOf(request),
        StampOf(Header(request, StampHeader)),
        OperationOf(Header(request, "Cairn-Operation")),
        KindOf(request),
        part,
        NumberOf(request, "offset") ?? 0,
        Payload: null,
        Transfer: null,
        NumUpdates: null);

    /// <summary>The read that the request asks for; without offset and length, the whole of a shard of <paramref name="shardBytes"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: a member is missing or malformed.</exception>
    public static ShardRead ReadOf(HttpRequest request, TensorPart part, long shardBytes)
    {
        long offset = NumberOf(request, "offset") ?? 0;
        long generation = NumberOf(request, "generation") ?? throw Bad("The query names no generation: '&generation=G', from the model's description.");
        StepStamp? stamp = OptionalHeader(request, StampHeader) is { } text ? StampOf(text) : null;
        return new ShardRead(IncarnationOf(request), generation, part, offset, NumberOf(request, "length") ?? Math.Max(0, shardBytes - offset), stamp);
    }

    private static UpdateKind KindOf(HttpRequest request) => (request.Method, Query(request, "op")) switch
    {
        ("PUT", "assign") => UpdateKind.Assign,
        ("PUT", "initialise") => UpdateKind.Initialise,
        ("POST", "add") => UpdateKind.AssignAdd,
        ("POST", "sub") => UpdateKind.AssignSub,
        (string method, var op) => throw Bad($"{method} with op '{op}' is nothing: PUT with 'assign' or 'initialise', POST with 'add' or 'sub'."),
    };

    private static Guid IncarnationOf(HttpRequest request)
    {
        string text = Header(request, "Cairn-Incarnation");
        return Guid.TryParseExact(text, "D", out Guid incarnation)
            ? incarnation
            : throw Bad($"Cairn-Incarnation '{text}' is no GUID; it is in the shard's route.");
    }

    private static StepStamp StampOf(string text)
    {
        long?[] numbers = [.. text.Split('.', 5).Select(Number)];
        return numbers is [{ } generation, { } epoch, { } cut, { } step]
            ? new StepStamp(generation, epoch, cut, step)
            : throw Bad($"Cairn-Stamp '{text}' is not GENERATION.EPOCH.CUT.STEP.");
    }

    private static OperationId OperationOf(string text)
    {
        string[] parts = text.Split('.', 4);
        long? step = parts.Length == 3 ? Number(parts[1]) : null;
        long? ordinal = parts.Length == 3 ? Number(parts[2]) : null;
        return Guid.TryParseExact(parts[0], "D", out Guid session) && step is not null && ordinal is >= 0 and <= int.MaxValue
            ? new OperationId(session, step.Value, (int)ordinal.Value)
            : throw Bad($"Cairn-Operation '{text}' is not SESSION.STEP.ORDINAL.");
    }

    private static long? NumberOf(HttpRequest request, string name) =>
        Query(request, name) is not { } text ? null : Number(text) ?? throw Bad($"'{name}={text}' is no number of bytes or generations.");

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string? Query(HttpRequest request, string name) => Single(request.Query[name], $"'{name}' in the query");

    private static string Header(HttpRequest request, string name) => OptionalHeader(request, name) ?? throw Bad($"The header {name} is missing.");

    private static string? OptionalHeader(HttpRequest request, string name) =>
        Single(request.Headers[name], $"the header {name}") is { Length: > 0 } text ? text : null;

    private static string? Single(StringValues values, string what) =>
        values.Count <= 1 ? (string?)values : throw Bad($"{values.Count} values were given for {what}; one is needed.");

    private static CheckpointException Bad(string message) => new(CheckpointError.InvalidArgument, message);
}
