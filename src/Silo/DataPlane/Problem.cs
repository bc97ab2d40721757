using System.Text.Json;
using Cairn.Format.Errors;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace Cairn.Silo.DataPlane;

/// <summary>Writes a refusal as a problem document (RFC 9457) with the member <c>code</c>.</summary>
internal static class Problem
{
    private const string RetryAfterSeconds = "1";

    /// <summary>Writes a refusal under the status of its kind.</summary>
    public static Task WriteAsync(HttpContext context, CheckpointError error, string detail) => WriteAsync(context, StatusOf(error), error, detail);

    /// <summary>Writes a refusal under a given status.</summary>
    public static async Task WriteAsync(HttpContext context, int status, CheckpointError error, string detail)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = RetryAfterSeconds;
        }

        await using (var json = new Utf8JsonWriter(response.BodyWriter))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", error.ToString());
            json.WriteNumber("status", status);
            json.WriteString("detail", detail);
            json.WriteString("code", error.ToString());
            json.WriteEndObject();
        }

        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>How a body is answered that did not come whole. One that was cut short or came too slowly may come whole when it is sent again.</summary>
    public static (int Status, CheckpointError Error) StatusOf(BadHttpRequestException broken) => broken.StatusCode switch
    {
        StatusCodes.Status400BadRequest or StatusCodes.Status408RequestTimeout => (StatusCodes.Status408RequestTimeout, CheckpointError.TryAgain),
        int status => (status, CheckpointError.InvalidArgument),
    };

    private static int StatusOf(CheckpointError error) => error switch
    {
        CheckpointError.InvalidArgument => StatusCodes.Status400BadRequest,
        CheckpointError.NotFound => StatusCodes.Status404NotFound,
        CheckpointError.TryAgain or CheckpointError.LimitExceeded => StatusCodes.Status503ServiceUnavailable,
        CheckpointError.Uninitialised or CheckpointError.Superseded => StatusCodes.Status409Conflict,
        CheckpointError.StaleGeneration or CheckpointError.StaleStep => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status500InternalServerError,
    };
}
