using Azure.Core.Pipeline;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.AzureBlobs;
using Cairn.Testing.Servers;

namespace Cairn.Storage.Tests.AzureBlobs;

/// <summary>Bits that flip on the way here.</summary>
[Collection(AzuriteCollection.Name)]
public sealed class AzureDownloadTests(AzuriteFixture azurite) : IDisposable
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(2));
    private readonly string _container = $"download-{Guid.NewGuid():N}";

    private CancellationToken Ends => _deadline.Token;

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public async Task TryRead_ABitFlippedOnTheWay_IsReadAgain()
    {
        await Open().TryWriteAsync("a", "once"u8.ToArray(), BlobCondition.None, Ends);
        using BreakingHandler network = FlippingABit();

        BlobContent content = (await Open(network).TryReadAsync("a", 100, Ends))!;

        Assert.Equal("once"u8, content.Bytes.Span);
        Assert.Equal(2, network.Hits);
    }

    [Fact]
    public async Task TryRead_OfAnMd5ThatItsWriterMadeUp_GivesWhatIsStored()
    {
        await Open().TryWriteAsync("a", "once"u8.ToArray(), BlobCondition.None, Ends);
        using var network = new BreakingHandler(IsDownload, async (_, send) => WithOtherMd5(await send()), isAlways: true);

        BlobContent content = (await Open(network).TryReadAsync("a", 100, Ends))!;

        Assert.Equal("once"u8, content.Bytes.Span);
        Assert.Equal(2, network.Hits);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(9 << 20)]
    public async Task Read_ABitFlippedOnTheWay_IsReadAgain(int lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        new Random(1).NextBytes(bytes);
        await Open().TryWriteAsync("a", bytes, BlobCondition.None, Ends);
        using BreakingHandler network = FlippingABit();
        byte[] read = new byte[lengthBytes - 7];

        await Open(network).ReadAsync("a", 7, read, null, Ends);

        Assert.Equal(bytes[7..], read);
    }

    [Fact]
    public async Task Read_ABitFlippedEachTime_NamesTheBlobAndTheWay()
    {
        await Open().TryWriteAsync("a", "once"u8.ToArray(), BlobCondition.None, Ends);
        using var network = new BreakingHandler(IsDownload, async (_, send) => await FlipAsync(await send()), isAlways: true);

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(async () => await Open(network).ReadAsync("a", 0, new byte[4], null, Ends));

        Assert.Equal(CheckpointError.StoreUnavailable, fault.Error);
        Assert.Contains($"'a' in 'azblob://{_container}', bytes 0 to 4, came here damaged, in each of 3 tries", fault.Message, StringComparison.Ordinal);
    }

    private static BreakingHandler FlippingABit() => new(IsDownload, async (_, send) => await FlipAsync(await send()));

    private static bool IsDownload(HttpRequestMessage request) => request.Method == HttpMethod.Get;

    private static async Task<HttpResponseMessage> FlipAsync(HttpResponseMessage answer)
    {
        byte[] bytes = await answer.Content.ReadAsByteArrayAsync();
        bytes[^1] ^= 16;
        return With(answer, new ByteArrayContent(bytes));
    }

    private static HttpResponseMessage WithOtherMd5(HttpResponseMessage answer)
    {
        answer.Content.Headers.ContentMD5 = new byte[16];
        return answer;
    }

    private static HttpResponseMessage With(HttpResponseMessage answer, HttpContent content)
    {
        foreach ((string name, IEnumerable<string> values) in answer.Content.Headers)
        {
            content.Headers.TryAddWithoutValidation(name, values);
        }

        answer.Content = content;
        return answer;
    }

    private AzureBlobStore Open(HttpMessageHandler? network = null) =>
        AzureBlobStore.FromConnectionString(azurite.ConnectionString, _container, new AzureBlobStoreOptions
        {
            Transport = network is null ? null : new HttpClientTransport(network),
            RetryDelay = TimeSpan.FromMilliseconds(1),
        });
}
