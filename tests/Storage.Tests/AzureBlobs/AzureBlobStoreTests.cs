using Azure.Core.Pipeline;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.AzureBlobs;
using Cairn.Testing.Servers;

namespace Cairn.Storage.Tests.AzureBlobs;

[Collection(AzuriteCollection.Name)]
public sealed class AzureBlobStoreTests(AzuriteFixture azurite) : IDisposable
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
    private readonly string _container = $"test-{Guid.NewGuid():N}";

    private CancellationToken Ends => _deadline.Token;

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public async Task Write_AnswerLost_IsKnownAsWritten()
    {
        using BreakingHandler network = BreakingHandler.LosingTheAnswerOf(request =>
            request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.EndsWith("/a", StringComparison.Ordinal));
        await Open().TryWriteAsync("first", new byte[1], BlobCondition.None, Ends); // Makes the container.
        AzureBlobStore store = Open(network);

        BlobETag? etag = await store.TryWriteAsync("a", "once"u8.ToArray(), BlobCondition.IfAbsent, Ends);

        Assert.True(network.Hits > 1, "the request was not tried again");
        Assert.Equal((await Open().TryGetPropertiesAsync("a", Ends))!.ETag, etag);
        Assert.Null(await store.TryWriteAsync("a", "twice"u8.ToArray(), BlobCondition.IfAbsent, Ends));
    }

    [Fact]
    public async Task Write_EveryAnswerLost_IsFoundByItsToken()
    {
        await Open().TryWriteAsync("first", new byte[1], BlobCondition.None, Ends);
        using BreakingHandler network = BreakingHandler.LosingTheAnswerOf(request => request.Method == HttpMethod.Put);

        BlobETag? etag = await Open(network, retriesMax: 0).TryWriteAsync("a", "once"u8.ToArray(), BlobCondition.IfAbsent, Ends);

        Assert.Equal((await Open().TryGetPropertiesAsync("a", Ends))!.ETag, etag);
    }

    [Fact]
    public async Task Commit_AnswerLost_IsKnownAsCommitted()
    {
        using BreakingHandler network = BreakingHandler.LosingTheAnswerOf(request =>
            request.RequestUri!.Query.Contains("comp=blocklist", StringComparison.Ordinal));
        await using IBlobUpload upload = await Open(network).BeginUploadAsync("a", Guid.NewGuid(), Ends);
        await upload.StageAsync(0, 0, new byte[100], Ends);

        BlobETag? etag = await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends);

        Assert.True(network.Hits > 1, "the request was not tried again");
        Assert.Equal((await Open().TryGetPropertiesAsync("a", Ends))!.ETag, etag);
    }

    [Fact]
    public async Task Commit_BlocksLostToAnotherCommit_IsAborted()
    {
        AzureBlobStore store = Open();
        await using IBlobUpload loser = await store.BeginUploadAsync("a", Guid.NewGuid(), Ends);
        await loser.StageAsync(0, 0, new byte[100], Ends);
        await using IBlobUpload winner = await store.BeginUploadAsync("a", Guid.NewGuid(), Ends);
        await winner.StageAsync(0, 0, new byte[1], Ends);
        BlobETag standing = (await winner.TryCommitAsync(BlobCondition.IfAbsent, Ends))!.Value;

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(async () => await loser
            .TryCommitAsync(BlobCondition.IfMatch(standing), Ends));

        Assert.Equal(CheckpointError.Aborted, fault.Error);
        Assert.Contains("lost staged blocks", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stage_BytesDamagedOnTheWay_IsRefused()
    {
        await Open().TryWriteAsync("first", new byte[1], BlobCondition.None, Ends);
        using var network = new BreakingHandler(request => request.RequestUri!.Query.Contains("comp=block&", StringComparison.Ordinal), async (request, send) =>
        {
            byte[] bytes = await request.Content!.ReadAsByteArrayAsync();
            bytes[10] ^= 1;
            var damaged = new ByteArrayContent(bytes);
            foreach ((string key, IEnumerable<string> values) in request.Content.Headers)
            {
                damaged.Headers.TryAddWithoutValidation(key, values);
            }

            request.Content = damaged;
            return await send();
        });
        await using IBlobUpload upload = await Open(network).BeginUploadAsync("a", Guid.NewGuid(), Ends);

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(async () => await upload.StageAsync(0, 0, new byte[100], Ends));

        Assert.Equal(CheckpointError.StoreUnavailable, fault.Error);
        Assert.Contains("damaged on the way", fault.Message, StringComparison.Ordinal);
        await upload.StageAsync(0, 0, new byte[100], Ends);
        Assert.NotNull(await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends));
    }

    [Fact]
    public async Task Copy_LongerThanOneRequestMayCopy_GoesInBlocks()
    {
        byte[] bytes = new byte[(20 << 20) + 7];
        new Random(1).NextBytes(bytes);
        var store = AzureBlobStore.FromConnectionString(azurite.ConnectionString, _container, new AzureBlobStoreOptions { CopyInOneRequestBytesMax = 1 });
        BlobETag source = (await store.TryWriteAsync("a", bytes, BlobCondition.None, Ends))!.Value;

        BlobETag? copy = await store.TryCopyAsync("a", source, "b", BlobCondition.IfAbsent, Ends);

        BlobContent content = (await store.TryReadAsync("b", bytes.Length, Ends))!;
        Assert.Equal(copy, content.ETag);
        Assert.True(content.Bytes.Span.SequenceEqual(bytes));
    }

    [Fact]
    public async Task Write_WrongKey_NamesTheAccountAndTheRemedy()
    {
        await Open().TryWriteAsync("first", new byte[1], BlobCondition.None, Ends);
        string wrongKey = Convert.ToBase64String(new byte[64]);
        string connection = string.Join(';', azurite.ConnectionString.Split(';')
            .Select(part => part.StartsWith("AccountKey=", StringComparison.Ordinal) ? "AccountKey=" + wrongKey : part));
        var store = AzureBlobStore.FromConnectionString(connection, _container);

        foreach (Func<Task> act in new Func<Task>[]
        {
            async () => await store.TryWriteAsync("a", new byte[1], BlobCondition.None, Ends),
            async () => await store.TryGetPropertiesAsync("a", Ends),
            async () => await store.ListAsync("", Ends).CountAsync(Ends),
        })
        {
            CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(act);
            Assert.Equal(CheckpointError.AccessDenied, fault.Error);
            Assert.Contains("devstoreaccount1", fault.Message, StringComparison.Ordinal);
            Assert.Contains("Check the key", fault.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(wrongKey, fault.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Container_Missing_IsNotMadeUnlessAsked()
    {
        var store = AzureBlobStore.FromConnectionString(azurite.ConnectionString, _container, new AzureBlobStoreOptions { CreatesContainer = false });

        CheckpointException write = await Assert.ThrowsAsync<CheckpointException>(async () =>
            await store.TryWriteAsync("a", new byte[1], BlobCondition.None, Ends));
        CheckpointException list = await Assert.ThrowsAsync<CheckpointException>(async () => await store.ListAsync("", Ends).CountAsync(Ends));

        Assert.Equal((CheckpointError.NotFound, CheckpointError.NotFound), (write.Error, list.Error));
        Assert.Contains($"az storage container create --account-name devstoreaccount1 --name {_container}", write.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Account_Unreachable_IsUnavailableAfterItsRetries()
    {
        string connection = $"DefaultEndpointsProtocol=http;AccountName=nobody;"
            + $"AccountKey={Convert.ToBase64String(new byte[64])};BlobEndpoint=http://127.0.0.1:9/nobody;";
        var store = AzureBlobStore.FromConnectionString(connection, _container,
            new AzureBlobStoreOptions { RetriesMax = 1, RetryDelay = TimeSpan.FromMilliseconds(1) });

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(async () =>
            await store.TryWriteAsync("a", new byte[1], BlobCondition.IfAbsent, Ends));

        Assert.Equal(CheckpointError.StoreUnavailable, fault.Error);
        Assert.Contains("'nobody'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("AccountName=a;AccountKey=not base64!;DefaultEndpointsProtocol=https")]
    public void ConnectionString_Malformed_IsRefusedWithoutShowingIt(string connection)
    {
        CheckpointException fault = Assert.Throws<CheckpointException>(() => AzureBlobStore.FromConnectionString(connection, _container));

        Assert.Equal(CheckpointError.InvalidArgument, fault.Error);
        Assert.DoesNotContain(connection, fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void BlockId_OfAnyOrdinal_HasOneLengthAndKeepsTheOrder()
    {
        var attempt = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

        Assert.Equal("ABEiM0RVZneImaq7zN3u/wAAAAE=", AzureBlobUpload.BlockId(attempt, 1));
        Assert.Equal(AzureBlobUpload.BlockId(attempt, 0).Length, AzureBlobUpload.BlockId(attempt, 49_999).Length);
    }

    private AzureBlobStore Open(HttpMessageHandler? network = null, int retriesMax = 3) =>
        AzureBlobStore.FromConnectionString(azurite.ConnectionString, _container, new AzureBlobStoreOptions
        {
            Transport = network is null ? null : new HttpClientTransport(network),
            RetriesMax = retriesMax,
            RetryDelay = TimeSpan.FromMilliseconds(1),
        });
}
