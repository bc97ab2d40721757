namespace Cairn.Silo.Health;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can do its work; 503 with the reason when not.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", static (HttpContext context) => AnswerAsync(context, fault: null));
        routes.MapGet("/health/ready", static async (HttpContext context) =>
        {
            var readiness = context.RequestServices.GetRequiredService<SiloReadiness>();
            await AnswerAsync(context, await readiness.FindFaultAsync(context.RequestAborted));
        });
    }

    private static Task AnswerAsync(HttpContext context, string? fault)
    {
        context.Response.StatusCode = fault is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync((fault ?? "ok") + "\n", context.RequestAborted);
    }
}
