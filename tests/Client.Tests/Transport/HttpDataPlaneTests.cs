using Cairn.Client.Tests.Fakes;
using Cairn.Client.Transport;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cairn.Client.Tests.Transport;

/// <summary>The data plane's requests against a small server that answers as a silo does.</summary>
public sealed class HttpDataPlaneTests : IAsyncLifetime
{
    private static readonly byte[] Payload = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)i)];

    private readonly HttpDataPlane _plane = new(1 << 20);
    private readonly List<string> _requests = [];
    private readonly byte[] _received = new byte[Payload.Length];
    private WebApplication _server = null!;
    private Func<HttpContext, Task> _answer = null!;

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.Urls.Add("http://127.0.0.1:0");
        _server.Run(async context =>
        {
            _requests.Add($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
            await _answer(context);
        });
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _plane.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task PushAsync_SendsBodyAndHeaders_AndReadsWhetherItWasApplied()
    {
        _answer = async context =>
        {
            await context.Request.Body.ReadExactlyAsync(_received);
            Assert.Equal("3.2.1.9", context.Request.Headers["Cairn-Stamp"]);
            Assert.Equal($"{Update.Operation.Session}.9.4", context.Request.Headers["Cairn-Operation"]);
            Assert.Equal(Update.Incarnation.ToString(), context.Request.Headers["Cairn-Incarnation"]);
            context.Response.StatusCode = 204;
            context.Response.Headers["Cairn-Applied"] = "false";
        };
        var reports = new Reports();

        bool applied = await _plane.PushAsync(Route, Update, Payload, new ProgressMeter(reports, Payload.Length), CancellationToken.None);

        Assert.False(applied);
        Assert.Equal(Payload, _received);
        Assert.Equal(["PUT /v1/models/m/shards/2/value?variable=layer%2Fw&op=assign&offset=0"], _requests);
        Assert.Equal(Payload.Length, reports.Last.DoneBytes);
    }

    [Fact]
    public async Task PushAsync_RedirectedToTheOwner_SendsTheBodyAgain()
    {
        _answer = async context =>
        {
            await context.Request.Body.ReadExactlyAsync(_received);
            context.Response.StatusCode = _requests.Count == 1 ? 307 : 204;
            context.Response.Headers.Location = _requests.Count == 1 ? _server.Urls.First() : default;
        };

        var reports = new Reports();

        Assert.True(await _plane.PushAsync(Route, Update, Payload, new ProgressMeter(reports, Payload.Length), CancellationToken.None));

        Assert.Equal(2, _requests.Count);
        Assert.Equal(Payload, _received);
        Assert.Equal(Payload.Length, reports.Last.DoneBytes); // What the first silo was sent in vain does not count.
    }

    [Fact]
    public async Task PushAsync_RedirectedInACircle_GivesUp()
    {
        _answer = async context =>
        {
            await context.Request.Body.ReadExactlyAsync(_received);
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = _server.Urls.First();
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => _plane.PushAsync(Route, Update, Payload, new ProgressMeter(null, 0), CancellationToken.None));

        Assert.Equal(4, _requests.Count);
    }

    [Fact]
    public void AllowedFor_GrowsWithTheSize() => Assert.Equal(TimeSpan.FromSeconds(10 + 64), _plane.AllowedFor(64 << 20));

    [Fact]
    public async Task PullAsync_FillsTheMemory()
    {
        _answer = async context =>
        {
            context.Response.ContentLength = Payload.Length;
            await context.Response.Body.WriteAsync(Payload);
        };
        byte[] destination = new byte[Payload.Length];

        await _plane.PullAsync(Route, Read, destination, new ProgressMeter(null, 0), CancellationToken.None);

        Assert.Equal(Payload, destination);
        Assert.Equal(["GET /v1/models/m/shards/2/shadow?variable=layer%2Fw&generation=3&offset=8&length=3000000"], _requests);
    }

    [Fact]
    public async Task PullAsync_InsideAStep_SendsItsStamp()
    {
        string? stamp = null;
        _answer = context =>
        {
            stamp = context.Request.Headers["Cairn-Stamp"];
            context.Response.ContentLength = Payload.Length;
            return context.Response.Body.WriteAsync(Payload).AsTask();
        };

        await _plane.PullAsync(Route, Read with { Stamp = Update.Stamp }, new byte[Payload.Length], new ProgressMeter(null, 0), CancellationToken.None);

        Assert.Equal("3.2.1.9", stamp);
    }

    [Fact]
    public async Task PullAsync_OfAnotherLength_IsAFaultOfTheConnection()
    {
        _answer = context => context.Response.Body.WriteAsync(Payload.AsMemory(0, 10)).AsTask();

        await Assert.ThrowsAnyAsync<Exception>(() =>
            _plane.PullAsync(Route, Read, new byte[Payload.Length], new ProgressMeter(null, 0), CancellationToken.None));
    }

    [Fact]
    public async Task PullAsync_Refused_ThrowsTheRefusal()
    {
        _answer = context =>
        {
            context.Response.StatusCode = 409;
            return context.Response.WriteAsJsonAsync(new { code = "Uninitialised", detail = "Variable 'layer/w' has no value." });
        };

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(
            () => _plane.PullAsync(Route, Read, new byte[Payload.Length], new ProgressMeter(null, 0), CancellationToken.None));

        Assert.Equal(CheckpointError.Uninitialised, refusal.Error);
    }

    private static readonly ShardUpdate Update = new(
        Guid.NewGuid(), new StepStamp(3, 2, 1, 9), new OperationId(Guid.NewGuid(), 9, 4), UpdateKind.Assign, TensorPart.Value, 0, null, null, null);

    private static readonly ShardRead Read = new(Update.Incarnation, 3, TensorPart.Shadow, 8, 3_000_000);

    private ShardRoute Route => new(new ShardId("m", "layer/w", 2), Update.Incarnation, new Uri(_server.Urls.First()));
}
