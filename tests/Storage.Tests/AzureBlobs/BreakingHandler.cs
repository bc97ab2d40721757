namespace Cairn.Storage.Tests.AzureBlobs;

/// <summary>A network that does something to the first request that matches, and to no other; or to all.</summary>
internal sealed class BreakingHandler(Func<HttpRequestMessage, bool> matches,
    Func<HttpRequestMessage, Func<Task<HttpResponseMessage>>, Task<HttpResponseMessage>> act, bool isAlways = false)
    : DelegatingHandler(new SocketsHttpHandler())
{
    private int _hits;

    /// <summary>How often it acted.</summary>
    public int Hits => _hits;

    /// <summary>The request is done, but its answer is lost.</summary>
    public static BreakingHandler LosingTheAnswerOf(Func<HttpRequestMessage, bool> matches) => new(matches, async (_, send) =>
    {
        (await send()).Dispose();
        throw new HttpRequestException("The answer was lost.");
    });

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        matches(request) && (Interlocked.Increment(ref _hits) == 1 || isAlways)
            ? act(request, () => base.SendAsync(request, cancellationToken))
            : base.SendAsync(request, cancellationToken);
}
