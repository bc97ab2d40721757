using System.Net;
using System.Text;
using Cairn.Client.Transport;

namespace Cairn.Client.Tests.Transport;

public sealed class DataPlaneProblemTests
{
    private static readonly Uri Address = new("http://127.0.0.1:5310/v1");

    [Theory]
    [InlineData(HttpStatusCode.Conflict, "StaleGeneration", CheckpointError.StaleGeneration)]
    [InlineData(HttpStatusCode.Conflict, "Uninitialised", CheckpointError.Uninitialised)]
    [InlineData(HttpStatusCode.ServiceUnavailable, "LimitExceeded", CheckpointError.TryAgain)] // No page is free at the moment.
    [InlineData(HttpStatusCode.RequestEntityTooLarge, "LimitExceeded", CheckpointError.LimitExceeded)]
    [InlineData(HttpStatusCode.RequestTimeout, "InvalidArgument", CheckpointError.TryAgain)] // The body came too slowly.
    [InlineData(HttpStatusCode.BadRequest, "TryAgain", CheckpointError.TryAgain)]
    [InlineData(HttpStatusCode.NotFound, "NotFound", CheckpointError.TryAgain)] // The shard is elsewhere.
    public void Parse_ProblemDocument_IsTheRefusalItNames(HttpStatusCode status, string code, CheckpointError expected)
    {
        Exception failure = DataPlaneProblem.Parse(status, Address,
            Encoding.UTF8.GetBytes($$"""{"status":1,"title":"No.","detail":"Because.","code":"{{code}}"}"""));

        CheckpointException refusal = Assert.IsType<CheckpointException>(failure);
        Assert.Equal(expected, refusal.Error);
        Assert.Equal("Because.", refusal.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bad gateway")]
    [InlineData("{\"code\":\"NoSuchCode\"}")]
    [InlineData("{\"code\":77}")]
    [InlineData("[1,2")]
    public void Parse_AnythingElse_IsAFaultOfTheConnection(string body) =>
        Assert.IsType<HttpRequestException>(DataPlaneProblem.Parse(HttpStatusCode.BadGateway, Address, Encoding.UTF8.GetBytes(body)));
}
