using System.Net;
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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Stage_BytesDamagedOnTheWay_AreSentAgain_AndStoredAsTheyWere(int flips)
    {
        byte[] bytes = Marked(100_000, at: 70_000);
        await Open().TryWriteAsync("first", new byte[1], BlobCondition.None, Ends);
        await using FlippingProxy network = new(azurite.Port, Mark);
        await using IBlobUpload upload = await Through(network).BeginUploadAsync("a", Guid.NewGuid(), Ends);

        network.FlipUp(flips);
        await upload.StageAsync(0, 0, bytes, Ends);

        Assert.Equal(flips, network.Flips);
        Assert.NotNull(await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends));
        Assert.True((await Open().TryReadAsync("a", bytes.Length, Ends))!.Bytes.Span.SequenceEqual(bytes));
    }

    [Fact]
    public async Task Stage_BytesDamagedOnTheWayEachTime_IsRefused_WithBlobRangeAndRemedy_AfterThreeTries()
    {
        byte[] bytes = Marked(1000, at: 500);
        await Open().TryWriteAsync("first", new byte[1], BlobCondition.None, Ends);
        await using FlippingProxy network = new(azurite.Port, Mark);
        await using IBlobUpload upload = await Through(network).BeginUploadAsync("a", Guid.NewGuid(), Ends);
        await upload.StageAsync(0, 0, new byte[24], Ends);

        network.FlipUp(int.MaxValue);
        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(async () => await upload.StageAsync(1, 24, bytes, Ends));

        Assert.Equal((CheckpointError.StoreUnavailable, 3), (fault.Error, network.Flips));
        Assert.StartsWith($"'a' in container '{_container}' of account 'devstoreaccount1': bytes 24 to 1024 were damaged on the way", fault.Message,
            StringComparison.Ordinal);
        Assert.Contains("check the network", fault.Message, StringComparison.Ordinal);
        network.FlipUp(0);
        await upload.StageAsync(1, 24, bytes, Ends);
        Assert.NotNull(await upload.TryCommitAsync(BlobCondition.IfAbsent, Ends));
    }

    [Fact]
    public async Task Write_BytesDamagedOnTheWay_AreSentAgain_UnderTheSameCondition()
    {
        byte[] bytes = Marked(1000, at: 500);
        await using FlippingProxy network = new(azurite.Port, Mark);

        network.FlipUp(1);
        BlobETag? etag = await Through(network).TryWriteAsync("a", bytes, BlobCondition.IfAbsent, Ends);

        Assert.Equal(1, network.Flips);
        BlobContent content = (await Open().TryReadAsync("a", 1000, Ends))!;
        Assert.Equal(etag, content.ETag);
        Assert.True(content.Bytes.Span.SequenceEqual(bytes));
    }

    [Theory]
    [InlineData(TransferChecksum.Automatic, true)]
    [InlineData(TransferChecksum.Md5, true)]
    [InlineData(TransferChecksum.None, false)]
    public async Task Stage_UnderEachTransferChecksum_SendsWhatTheAccountCompares(TransferChecksum checksum, bool hasMd5)
    {
        using var network = new AnsweringHandler(HttpStatusCode.Created);
        var store = AzureBlobStore.FromUri(
            new Uri("https://account.blob.core.windows.net/c?sig=none"),
            new AzureBlobStoreOptions { TransferChecksum = checksum, Transport = new HttpClientTransport(network) });
        await using IBlobUpload upload = await store.BeginUploadAsync("a", Guid.NewGuid(), Ends);

        await upload.StageAsync(0, 0, "bytes"u8.ToArray(), Ends);

        Assert.Equal(hasMd5, Assert.Single(network.Requests).Contains("Content-MD5"));
    }

    [Fact]
    public async Task Stage_WithCrc64_WhereNobodyConfirmsIt_NamesTheOption()
    {
        using var network = new AnsweringHandler(HttpStatusCode.Created);
        var store = AzureBlobStore.FromUri(
            new Uri("https://account.blob.core.windows.net/c?sig=none"),
            new AzureBlobStoreOptions { TransferChecksum = TransferChecksum.Crc64, Transport = new HttpClientTransport(network) });
        await using IBlobUpload upload = await store.BeginUploadAsync("a", Guid.NewGuid(), Ends);

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(async () => await upload.StageAsync(0, 0, new byte[10], Ends));

        Assert.Equal(CheckpointError.InvalidArgument, fault.Error);
        Assert.Contains("Set TransferChecksum to Md5", fault.Message, StringComparison.Ordinal);
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

    private static readonly byte[] Mark = [.. "<mark-0123456789>"u8];

    private static byte[] Marked(int length, int at)
    {
        byte[] bytes = new byte[length];
        Mark.CopyTo(bytes, at);
        return bytes;
    }

    private AzureBlobStore Through(FlippingProxy network) => AzureBlobStore.FromConnectionString(azurite.ConnectionStringThrough(network.Port), _container);

    private AzureBlobStore Open(HttpMessageHandler? network = null, int retriesMax = 3) =>
        AzureBlobStore.FromConnectionString(azurite.ConnectionString, _container, new AzureBlobStoreOptions
        {
            Transport = network is null ? null : new HttpClientTransport(network),
            RetriesMax = retriesMax,
            RetryDelay = TimeSpan.FromMilliseconds(1),
        });
}
