using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Cairn.Silo.DataPlane;

namespace Cairn.Silo.Tests.DataPlane;

public sealed class DataPlaneTests(DataPlaneCluster cluster) : IClassFixture<DataPlaneCluster>
{
    [Fact]
    public async Task Put_OfSeveralPages_IsReadBack_WholeAndInRanges()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("scope/inner+x %25/v", 900_000);
        byte[] bytes = Random(3_600_000);

        using HttpResponseMessage put = await shard.PutAsync(bytes);
        Assert.Equal((HttpStatusCode.NoContent, "true"), (put.StatusCode, put.Headers.GetValues("Cairn-Applied").Single()));

        using HttpResponseMessage whole = await shard.GetAsync();
        Assert.Equal("application/octet-stream", whole.Content.Headers.ContentType?.MediaType);
        Assert.Equal(bytes, await whole.Content.ReadAsByteArrayAsync());
        using HttpResponseMessage range = await shard.GetAsync("&generation=1&offset=1048000&length=1049000");
        Assert.Equal(bytes.AsSpan(1_048_000, 1_049_000).ToArray(), await range.Content.ReadAsByteArrayAsync());
        await RetireAsync(shard);
    }

    [Fact]
    public async Task AddAndSub_AtAnOffset_ChangeThatRange()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 600_000);
        await shard.PutAsync(Floats(600_000, 1));

        await shard.PostAsync(Floats(300_000, 5), "add", offset: 800_000);
        await shard.PostAsync(Floats(2, 2), "sub", offset: 0);

        float[] values = MemoryMarshal.Cast<byte, float>(await (await shard.GetAsync()).Content.ReadAsByteArrayAsync()).ToArray();
        Assert.Equal([-1, -1, 1, 1, 6, 6, 1], (float[])[values[0], values[1], values[2], values[199_999], values[200_000], values[499_999], values[500_000]]);
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Get_StampedBeforeAnOpenCut_SendsTheStateAtTheCut()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 600_000);
        await shard.PutAsync(Floats(600_000, 1));
        shard.Stamp = "1.1.1.2";
        await shard.PutAsync(Floats(600_000, 2));

        Assert.Equal(Floats(600_000, 1), await (await shard.GetAsync(stamp: "1.1.0.1")).Content.ReadAsByteArrayAsync());
        Assert.Equal(Floats(600_000, 2), await (await shard.GetAsync(stamp: "1.1.1.2")).Content.ReadAsByteArrayAsync());
        Assert.Equal(Floats(600_000, 2), await (await shard.GetAsync()).Content.ReadAsByteArrayAsync());
        await DataPlaneShard.RefusedAsync(409, "Superseded", await shard.GetAsync(stamp: "1.0.1.2"));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.GetAsync(stamp: "1.1.0"));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.GetAsync(stamp: "2.1.0.1"));
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Initialise_GivesTheShadowTheSameBytes()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 300_000, hasAverage: true);
        byte[] bytes = Random(1_200_000);

        await shard.PutAsync(bytes, "initialise");

        Assert.Equal(bytes, await (await shard.GetAsync(part: "shadow")).Content.ReadAsByteArrayAsync());
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Post_TheSameOperationAgain_IsAppliedOnce()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 2);
        await shard.PutAsync(Floats(2, 1));
        HttpRequestMessage first = shard.Update(HttpMethod.Post, "add", DataPlaneShard.Body(Floats(2, 1)));
        HttpRequestMessage second = new(HttpMethod.Post, first.RequestUri) { Content = DataPlaneShard.Body(Floats(2, 1)) };
        first.Headers.ToList().ForEach(header => second.Headers.Add(header.Key, header.Value));

        Assert.Equal("true", (await cluster.Http.SendAsync(first)).Headers.GetValues("Cairn-Applied").Single());
        Assert.Equal("false", (await cluster.Http.SendAsync(second)).Headers.GetValues("Cairn-Applied").Single());

        Assert.Equal(Floats(2, 2), await (await shard.GetAsync()).Content.ReadAsByteArrayAsync());
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Requests_ThatDoNotFitTheShard_AreRefused_AndChangeNothing()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 4);
        await shard.PutAsync(Floats(4, 1));

        string tooLong = await DataPlaneShard.RefusedAsync(413, "LimitExceeded", await shard.PutAsync(new byte[20]));
        Assert.Contains("16 bytes", tooLong, StringComparison.Ordinal);
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.PutAsync(new byte[8], offset: 12));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.PutAsync(new byte[3]));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.PutAsync(new byte[4], offset: 2));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.PutAsync(new byte[4], offset: -4));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.PutAsync(new byte[4], offset: long.MaxValue - 3));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.PutAsync(new byte[8], "initialise"));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.GetAsync("&generation=1&offset=9223372036854775807&length=4"));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.GetAsync("&generation=1&offset=0&length=9223372036854775807"));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.GetAsync("&generation=1&offset=-9223372036854775808"));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.GetAsync("&generation=99999999999999999999"));
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.GetAsync(string.Empty));

        Assert.Equal(Floats(4, 1), await (await shard.GetAsync()).Content.ReadAsByteArrayAsync());
        await RetireAsync(shard);
    }

    [Theory]
    [InlineData("Cairn-Stamp", "1.1.0")]
    [InlineData("Cairn-Stamp", "1.1.0.1.1")]
    [InlineData("Cairn-Stamp", "a.b.c.d")]
    [InlineData("Cairn-Operation", "x.1.1")]
    [InlineData("Cairn-Operation", "6f9619ff-8b86-d011-b42d-00cf4fc964ff.1")]
    [InlineData("Cairn-Operation", "6f9619ff-8b86-d011-b42d-00cf4fc964ff.1.-1")]
    [InlineData("Cairn-Operation", "")]
    [InlineData("Cairn-Incarnation", "17")]
    public async Task Header_ThatIsMalformedOrMissing_IsNamed(string header, string value)
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 1);
        HttpRequestMessage request = shard.Update(HttpMethod.Put, "assign", DataPlaneShard.Body(Floats(1, 1)));
        request.Headers.Remove(header);
        request.Headers.TryAddWithoutValidation(header, value);

        string refusal = await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await cluster.Http.SendAsync(request));

        Assert.Contains(header, refusal, StringComparison.Ordinal);
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Put_OfAnOperationThatIsPosted_SaysHowItIsAsked()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 1);

        string refusal = await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await shard.PutAsync(Floats(1, 1), "add"));

        Assert.Contains("POST with 'add'", refusal, StringComparison.Ordinal);
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Put_WithoutAContentLength_IsToldToGiveOne()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 1);
        HttpRequestMessage request = shard.Update(HttpMethod.Put, "assign", DataPlaneShard.Body(Floats(1, 1)));
        request.Headers.TransferEncodingChunked = true;

        await DataPlaneShard.RefusedAsync(411, "InvalidArgument", await cluster.Http.SendAsync(request));
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Requests_OfAnotherTime_AreRefusedByTheirKind()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 1);
        await DataPlaneShard.RefusedAsync(409, "Uninitialised", await shard.GetAsync());

        shard.Stamp = "0.1.0.1";
        await DataPlaneShard.RefusedAsync(409, "StaleGeneration", await shard.PutAsync(Floats(1, 1)));
        shard.Stamp = "2.1.0.1";
        HttpResponseMessage newer = await shard.PutAsync(Floats(1, 1));
        Assert.NotNull(newer.Headers.RetryAfter);
        await DataPlaneShard.RefusedAsync(503, "TryAgain", newer);
        shard.Stamp = "1.0.0.1";
        await DataPlaneShard.RefusedAsync(409, "Superseded", await shard.PutAsync(Floats(1, 1)));
        shard.Stamp = "1.1.0.1";
        Guid incarnation = shard.Incarnation;
        shard.Incarnation = Guid.NewGuid();
        await DataPlaneShard.RefusedAsync(503, "TryAgain", await shard.PutAsync(Floats(1, 1)));
        await DataPlaneShard.RefusedAsync(503, "TryAgain", await shard.GetAsync());

        shard.Incarnation = incarnation;
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Put_WhenNoPageIsFree_IsToTryAgain_AndTheValueStands()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 10 << 20);
        byte[] bytes = Random(40 << 20);
        Assert.Equal(HttpStatusCode.NoContent, (await shard.PutAsync(bytes)).StatusCode);

        HttpResponseMessage refused = await shard.PutAsync(new byte[40 << 20]);

        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Contains("PageBytesMax", await DataPlaneShard.RefusedAsync(503, "LimitExceeded", refused), StringComparison.Ordinal);
        Assert.Equal(bytes, await (await shard.GetAsync()).Content.ReadAsByteArrayAsync());
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Put_WhoseBodyEndsEarly_ChangesNothing_AndGivesItsPagesBack()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 1 << 20);
        await shard.PutAsync(Floats(1 << 20, 7));
        long before = cluster.UsedBytes();

        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(cluster.Address.Host, cluster.Address.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(HeadOf(shard, 4 << 20)));
            await socket.GetStream().WriteAsync(new byte[2 << 20]);
            await UntilAsync(() => cluster.UsedBytes() > before);
        }

        await UntilAsync(() => cluster.UsedBytes() == before);
        Assert.Equal(Floats(1 << 20, 7), await (await shard.GetAsync()).Content.ReadAsByteArrayAsync());
        await RetireAsync(shard);
    }

    [Theory]
    [InlineData(408, 408, "TryAgain")]
    [InlineData(400, 408, "TryAgain")]
    [InlineData(413, 413, "InvalidArgument")]
    public void BrokenBody_IsAnsweredByWhatBrokeIt(int broken, int status, string code)
    {
        (int Status, Cairn.Format.Errors.CheckpointError Error) answer =
            Problem.StatusOf(new Microsoft.AspNetCore.Http.BadHttpRequestException("broken", broken));

        Assert.Equal((status, code), (answer.Status, answer.Error.ToString()));
    }

    [Fact]
    public async Task Put_WhileOtherBodiesHaveTheRoom_IsToTryAgain_AndAnOldStampTakesNone()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 5 << 20); // 20 MiB, over the quarter of 64 MiB: received alone.
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(cluster.Address.Host, cluster.Address.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(HeadOf(shard, 20 << 20)));
            await UntilAsync(() => cluster.UsedBytes() > 0);

            HttpResponseMessage second = await shard.PutAsync(Floats(1, 1));
            Assert.NotNull(second.Headers.RetryAfter);
            Assert.Contains("ReceivedBytesMax", await DataPlaneShard.RefusedAsync(503, "TryAgain", second), StringComparison.Ordinal);
            shard.Stamp = "0.1.0.1";
            await DataPlaneShard.RefusedAsync(409, "StaleGeneration", await shard.PutAsync(Floats(1, 1)));
        }

        await UntilAsync(() => cluster.UsedBytes() == 0);
        shard.Stamp = "1.1.0.1";
        Assert.Equal(HttpStatusCode.NoContent, (await shard.PutAsync(Random(20 << 20))).StatusCode);
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Get_WhoseReaderLeaves_GivesItsLeaseBack()
    {
        DataPlaneShard shard = await cluster.AdmitAsync("v", 2 << 20);
        await shard.PutAsync(Random(8 << 20));
        var request = new HttpRequestMessage(HttpMethod.Get, shard.Path() + "&generation=1");
        request.Headers.Add("Cairn-Incarnation", shard.Incarnation.ToString());

        using (HttpResponseMessage response = await cluster.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await shard.Grain.RetireAsync(1);
        await UntilAsync(() => cluster.UsedBytes() == 0);
    }

    [Theory]
    [InlineData("/v1/models/.hidden/shards/0/value?variable=v")]
    [InlineData("/v1/models/m%20x/shards/0/value?variable=v")]
    [InlineData("/v1/models/m/shards/-1/value?variable=v")]
    [InlineData("/v1/models/m/shards/0/both?variable=v")]
    [InlineData("/v1/models/m/shards/0/value")]
    [InlineData("/v1/models/m/shards/0/value?variable=v&variable=w")]
    public async Task Path_ThatNamesNothing_IsRefused(string path) =>
        await DataPlaneShard.RefusedAsync(400, "InvalidArgument", await cluster.Http.GetAsync(path));

    private string HeadOf(DataPlaneShard shard, long lengthBytes)
    {
        HttpRequestMessage request = shard.Update(HttpMethod.Put, "assign", null);
        var head = new StringBuilder($"PUT {request.RequestUri} HTTP/1.1\r\nHost: {cluster.Address.Authority}\r\nContent-Length: {lengthBytes}\r\n");
        request.Headers.ToList().ForEach(header => head.Append($"{header.Key}: {header.Value.Single()}\r\n"));
        return head.Append("\r\n").ToString();
    }

    private async Task RetireAsync(DataPlaneShard shard)
    {
        await shard.Grain.RetireAsync(1);
        await UntilAsync(() => cluster.UsedBytes() == 0);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), deadline.Token);
        }
    }

    private static byte[] Random(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Floats(int count, float value)
    {
        var floats = new float[count];
        floats.AsSpan().Fill(value);
        return MemoryMarshal.AsBytes(floats.AsSpan()).ToArray();
    }
}
