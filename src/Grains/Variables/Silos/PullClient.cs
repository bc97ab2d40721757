namespace Cairn.Grains.Variables.Silos;

/// <summary>The connections of a silo to the data planes of others.</summary>
internal static class PullClient
{
    /// <summary>A client; one for the silo's life. Its requests are ended by the work that they belong to.</summary>
    public static HttpClient Make() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        UseCookies = false,
        UseProxy = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
