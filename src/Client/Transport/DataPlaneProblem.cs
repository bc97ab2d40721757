using System.Net;
using System.Text.Json;

namespace Cairn.Client.Transport;

/// <summary>Reads a refusal of the data plane: a problem document whose member <c>code</c> names a <see cref="CheckpointError"/>.</summary>
internal static class DataPlaneProblem
{
    /// <summary>More than any problem document needs (64 KiB).</summary>
    private const int BodyBytesMax = 64 << 10;

    /// <summary>The refusal as an exception. What is no refusal of Cairn's is an <see cref="HttpRequestException"/>, which is tried again.</summary>
    public static async Task<Exception> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = await ReadBodyAsync(response, cancellationToken).ConfigureAwait(false);
        return Parse(response.StatusCode, response.RequestMessage?.RequestUri, body);
    }

    /// <summary>Reads status and body. Pure.</summary>
    internal static Exception Parse(HttpStatusCode status, Uri? address, ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            using JsonDocument? problem = JsonDocument.TryParseValue(ref reader, out JsonDocument? parsed) ? parsed : null;
            if (problem?.RootElement is { ValueKind: JsonValueKind.Object } root && Enum.TryParse(Member(root, "code"), out CheckpointError error)
                && Enum.IsDefined(error))
            {
                string message = Member(root, "detail") ?? Member(root, "title") ?? $"{address} answered {(int)status}.";
                return new CheckpointException(Retriable(status, error), message);
            }
        }
        catch (JsonException)
        {
            // Not a problem document: told below, by the status.
        }

        return new HttpRequestException($"{address} answered {(int)status} {status} without a reason.", null, status);
    }

    // A shard that a silo does not know, a body that came too slowly (408), and a pool without a free page (503) may be mended by a fresh route or by waiting.
    private static CheckpointError Retriable(HttpStatusCode status, CheckpointError error) =>
        error == CheckpointError.NotFound || status is HttpStatusCode.RequestTimeout or HttpStatusCode.ServiceUnavailable ? CheckpointError.TryAgain : error;

    private static string? Member(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        byte[] body = new byte[BodyBytesMax];
        int length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return body[..length];
    }
}
