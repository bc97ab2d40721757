using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Grains.Tests.Variables;

public sealed class SiloServiceTests(VariablesCluster cluster) : IClassFixture<VariablesCluster>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Describe_TellsTheRoomOfTheSilo()
    {
        SiloDescription silo = await cluster.Service.DescribeAsync();

        Assert.Equal(cluster.Silo, silo.Silo);
        Assert.Equal(64 << 20, silo.PageBytesMax);
        Assert.Equal(new Uri("http://127.0.0.1:5310"), silo.DataPlane);
    }

    [Fact]
    public async Task DataFile_OfSealedShards_HoldsTheirBytesInOrder_ThoughTheyChangeMeanwhile()
    {
        TestShard small = await cluster.AdmitAsync(Definitions.Floats("a"));
        TestShard large = await cluster.AdmitAsync(Definitions.Floats("b", shape: [700_000]) with { InitialElement = TestShard.Bytes(2.5f) });
        await small.AssignAsync(1, 2, 3, 4);
        await large.ApplyAsync(UpdateKind.Initialise, null);
        var attempt = Guid.NewGuid();
        await small.SealAsync(attempt, 1);
        await large.SealAsync(attempt, 1);
        await large.ApplyAsync(UpdateKind.AssignAdd, TestShard.Bytes(1), stamp: large.Stamp(cut: 1, step: 2));
        DataFileTicket ticket = Ticket(attempt, (large, 2_800_000), (small, 16));

        await cluster.Service.StartDataFileAsync(ticket);
        await cluster.Service.StartDataFileAsync(ticket);
        WorkStatus status = await cluster.Service.WaitAsync(attempt, Patience);

        DataFileReceipt receipt = Received(status).DataFile!;
        var expected = new byte[2_800_016];
        MemoryMarshal.Cast<byte, float>(expected.AsSpan(0, 2_800_000)).Fill(2.5f);
        TestShard.Bytes(1, 2, 3, 4).CopyTo(expected, 2_800_000);
        BlobContent content = (await cluster.Store.TryReadAsync(ticket.BlobName, 1 << 24, default))!;
        Assert.True(content.Bytes.Span.SequenceEqual(expected));
        Assert.Equal(content.ETag.Value, receipt.ETag);
        Assert.Equal((0L, 2_800_000L, Crc32C.Append(0, expected.AsSpan(0, 2_800_000))), Place(receipt.Tensors[0]));
        Assert.Equal((2_800_000L, 16L, Crc32C.Append(0, expected.AsSpan(2_800_000))), Place(receipt.Tensors[1]));
        await RetireAsync(small, large);
    }

    [Fact]
    public async Task DataFile_WhereAnotherIsAlready_IsSuperseded_AndPagesComeBack()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats("a"));
        await shard.AssignAsync(1, 2, 3, 4);
        var attempt = Guid.NewGuid();
        await shard.SealAsync(attempt, 1);
        DataFileTicket ticket = Ticket(attempt, (shard, 16));
        await cluster.Store.TryWriteAsync(ticket.BlobName, new byte[] { 1 }, BlobCondition.None, default);

        await cluster.Service.StartDataFileAsync(ticket);
        WorkStatus status = await cluster.Service.WaitAsync(attempt, Patience);

        Assert.Equal(CheckpointError.Superseded, status.Error);
        Assert.Contains(ticket.BlobName, status.Message, StringComparison.Ordinal);
        await RetireAsync(shard);
    }

    [Fact]
    public async Task DataFile_OfAShardThatIsNotSealed_IsAborted()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats("a"));
        var attempt = Guid.NewGuid();

        await cluster.Service.StartDataFileAsync(Ticket(attempt, (shard, 16)));
        WorkStatus status = await cluster.Service.WaitAsync(attempt, Patience);

        Assert.Equal(CheckpointError.Aborted, status.Error);
        Assert.Contains(shard.Id.ToString(), status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataFile_OfASaveThatWasGivenUpForItsPages_IsAbortedAndNamesTheOption()
    {
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats("a"));
        await shard.AssignAsync(1, 2, 3, 4);
        var attempt = Guid.NewGuid();
        await shard.SealAsync(attempt, 1);

        Assert.True(cluster.Shards.Sealed.GiveUp());
        await cluster.Service.StartDataFileAsync(Ticket(attempt, (shard, 16)));
        WorkStatus status = await cluster.Service.WaitAsync(attempt, Patience);

        Assert.Equal(CheckpointError.Aborted, status.Error);
        Assert.Contains("the page pool ran out", status.Message, StringComparison.Ordinal);
        Assert.Contains("PageBytesMax", status.Message, StringComparison.Ordinal);
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Wait_ForUnknownWork_IsNotFound()
    {
        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => cluster.Service.WaitAsync(Guid.NewGuid(), Patience));

        Assert.Equal(CheckpointError.NotFound, refusal.Error);
    }

    [Fact]
    public async Task Drop_BeforeTheStartArrives_StartsNothing()
    {
        var attempt = Guid.NewGuid();

        await cluster.Service.DropAsync(attempt);
        await cluster.Service.StartDataFileAsync(Ticket(attempt));

        Assert.Equal(CheckpointError.Aborted, (await cluster.Service.WaitAsync(attempt, Patience)).Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Load_OfTwoRanges_IsStagedSwappedAndRead(bool isBigEndian)
    {
        // The file holds a [6, 40000] tensor as two slices, columns 0..9999 and the rest; the shard is rows 1 to 3.
        (long Rows, long Columns) full = (6, 40_000);
        float[] tensor = [.. Enumerable.Range(0, 240_000).Select(i => i * 0.5f)];
        byte[] left = Box(tensor, full.Columns, 0, 10_000, isBigEndian);
        byte[] right = Box(tensor, full.Columns, 10_000, 30_000, isBigEndian);
        (string name, string etag) = await FileAsync([.. left, .. right]);
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats("t", shape: [3, full.Columns]));
        var load = new ShardLoad(shard.Id, shard.Incarnation, TensorPart.Value, TensorDType.Float, [1, 0], new TensorShape(3, full.Columns),
        [
            new LoadRange(name, etag, 0, left.Length, [0, 0], [6, 10_000], Crc32C.Append(0, left)),
            new LoadRange(name, etag, left.Length, right.Length, [0, 10_000], [6, 30_000], null),
        ]);
        var id = Guid.NewGuid();

        await cluster.Service.StartLoadAsync(new LoadTicket(id, [load], isBigEndian));
        WorkStatus status = Received(await cluster.Service.WaitAsync(id, Patience));
        ShardReport report = await shard.Grain.SwapAsync(new SwapTicket(id, shard.Incarnation, 2, 1, Clear: true, null, 0, 0));
        await cluster.Service.DropAsync(id);

        Assert.Equal((uint[])[Crc32C.Append(0, left), Crc32C.Append(0, right)], status.Load!.Ranges.AsEnumerable());
        Assert.Equal((2, true), (report.Generation, report.ValueInitialised));
        var bytes = new byte[3 * full.Columns * 4];
        for (int offset = 0; offset < bytes.Length; offset += ShardUpdate.InlineBytesMax)
        {
            int length = Math.Min(ShardUpdate.InlineBytesMax, bytes.Length - offset);
            (await shard.Grain.ReadAsync(new ShardRead(shard.Incarnation, 2, TensorPart.Value, offset, length))).CopyTo(bytes.AsMemory(offset));
        }

        Assert.True(MemoryMarshal.Cast<byte, float>(bytes).SequenceEqual(tensor.AsSpan(40_000, 120_000)));
        await RetireAsync(shard);
    }

    [Fact]
    public async Task Load_OfDamagedBytes_NamesFileOffsetAndTensor_AndStagesNothing()
    {
        byte[] bytes = TestShard.Bytes(1, 2, 3, 4);
        (string name, string etag) = await FileAsync([0, 0, 0, 0, .. bytes]);
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats("layer/bias"));
        var range = new LoadRange(name, etag, 4, 16, [0], [4], Crc32C.Append(0, bytes) ^ 1);
        var id = Guid.NewGuid();

        await cluster.Service.StartLoadAsync(new LoadTicket(id, [Whole(shard, range)], false));
        WorkStatus status = await cluster.Service.WaitAsync(id, Patience);

        Assert.Equal(CheckpointError.Corrupt, status.Error);
        Assert.Contains($"'{name}' is damaged at byte 4", status.Message, StringComparison.Ordinal);
        Assert.Contains("layer/bias", status.Message, StringComparison.Ordinal);
        Assert.Null(cluster.Shards.Staged.TryGet(id, shard.Id, shard.Incarnation));
        Assert.Equal(0, cluster.Shards.Pool.UsedPages);
    }

    [Fact]
    public async Task Load_OfAPlanWithAGap_OrAChangedFile_IsRefused()
    {
        (string name, string etag) = await FileAsync(new byte[16]);
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());

        Assert.Equal(CheckpointError.InvalidArgument, (await LoadAsync(Whole(shard, new LoadRange(name, etag, 0, 12, [0], [3], null)))).Error);
        Assert.Equal(CheckpointError.InvalidArgument, (await LoadAsync(Whole(shard, new LoadRange(name, etag, 0, 12, [0], [4], null)))).Error);
        Assert.Equal(CheckpointError.Corrupt, (await LoadAsync(Whole(shard, new LoadRange(name, etag, 4, 16, [0], [4], null)))).Error);
        Assert.Equal(CheckpointError.Superseded, (await LoadAsync(Whole(shard, new LoadRange(name, etag + "x", 0, 16, [0], [4], null)))).Error);
        Assert.Equal(CheckpointError.NotFound, (await LoadAsync(Whole(shard, new LoadRange(name + "x", etag, 0, 16, [0], [4], null)))).Error);
        Assert.Equal(0, cluster.Shards.Pool.UsedPages);
    }

    [Fact]
    public async Task Load_OfRangesThatOverlapAndLeaveAGap_IsRefused()
    {
        (string name, string etag) = await FileAsync(new byte[16]);
        TestShard shard = await cluster.AdmitAsync(Definitions.Floats());
        ShardLoad load = Whole(shard, new LoadRange(name, etag, 0, 8, [0], [2], null));

        WorkStatus status = await LoadAsync(load with { Ranges = [.. load.Ranges, new LoadRange(name, etag, 4, 8, [1], [2], null)] });
        WorkStatus twice = await LoadAsync(load with { Ranges = [.. load.Ranges, .. load.Ranges] });

        Assert.Equal((CheckpointError.InvalidArgument, CheckpointError.InvalidArgument), (status.Error!.Value, twice.Error!.Value));
        Assert.Contains("overlap", twice.Message, StringComparison.Ordinal);
        Assert.Equal(0, cluster.Shards.Pool.UsedPages);
    }

    private async Task<WorkStatus> LoadAsync(ShardLoad load)
    {
        var id = Guid.NewGuid();
        await cluster.Service.StartLoadAsync(new LoadTicket(id, [load], false));
        return await cluster.Service.WaitAsync(id, Patience);
    }

    private static ShardLoad Whole(TestShard shard, LoadRange range) =>
        new(shard.Id, shard.Incarnation, TensorPart.Value, TensorDType.Float, [0], new TensorShape(4), [range]);

    private static WorkStatus Received(WorkStatus status)
    {
        Assert.True(status.IsDone);
        Assert.Null(status.Message);
        Assert.Equal(status.TotalBytes, status.DoneBytes);
        return status;
    }

    private static (long, long, uint) Place(TensorPlace place) => (place.OffsetBytes, place.LengthBytes, place.Crc32C);

    private static DataFileTicket Ticket(Guid attempt, params (TestShard Shard, long Length)[] tensors) => new(
        attempt,
        1,
        $"model/{attempt:N}.data-00000-of-00001",
        null,
        [.. tensors.Select(tensor => new DataFileTensor(tensor.Shard.Id, tensor.Shard.Incarnation, TensorPart.Value, tensor.Length))]);

    private static byte[] Box(float[] tensor, long columns, int first, int count, bool isBigEndian)
    {
        byte[] bytes = [.. Enumerable.Range(0, 6).SelectMany(row => TestShard.Bytes(tensor.AsSpan((int)((row * columns) + first), count).ToArray()))];
        if (isBigEndian)
        {
            Span<uint> words = MemoryMarshal.Cast<byte, uint>(bytes.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        return bytes;
    }

    private async Task<(string Name, string ETag)> FileAsync(byte[] bytes)
    {
        string name = $"files/{Guid.NewGuid():N}";
        return (name, (await cluster.Store.TryWriteAsync(name, bytes, BlobCondition.None, default))!.Value.Value);
    }

    private async Task RetireAsync(params TestShard[] shards)
    {
        foreach (TestShard shard in shards)
        {
            await shard.Grain.RetireAsync(1);
        }

        Assert.Equal(0, cluster.Shards.Pool.UsedPages);
    }
}
