using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Grains.Variables;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;
using Cairn.Grains.Variables.Silos;
using Cairn.Storage.Memory;
using Cairn.Testing.Faults;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Cairn.Grains.Tests.Variables;

/// <summary>What a data file is compared with: the checksums that were taken right after the seal.</summary>
public sealed class DataFileWriterTests
{
    private const int BlockBytes = 128 << 10;
    private const string FileName = "m.data-00000-of-00001";

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly SiloAddress Silo = SiloAddress.New(System.Net.IPAddress.Loopback, 11111, 7);

    private readonly PagePool _pool = new(16 << 20);
    private readonly SealedVersions _versions = new();
    private readonly MemoryBlobStore _memory = new();
    private readonly DamagingBlobStore _store;
    private readonly Guid _attempt = Guid.NewGuid();
    private readonly Guid _incarnation = Guid.NewGuid();
    private readonly List<DataFileTensor> _tensors = [];

    public DataFileWriterTests() => _store = new DamagingBlobStore(_memory);

    // Odd lengths, so that blocks and pages cut each other everywhere.
    private static readonly (string Name, int Length)[] Shards = [("a", 100), ("b", (2 << 20) + 333), ("none", 0), ("c", 1 << 20), ("d", 7)];

    [Fact]
    public async Task Write_OfSoundPages_GivesTheChecksumsOfTheBytes_WithAndWithoutReadingBack()
    {
        byte[] expected = Freeze();

        DataFileReceipt receipt = await WriteAsync(readsBack: true);

        Assert.True((await _memory.TryReadAsync(FileName, 1 << 24, Token))!.Bytes.Span.SequenceEqual(expected));
        Assert.Equal(
            _tensors.Select((_, i) => Crc32C.Append(0, expected.AsSpan((int)receipt.Tensors[i].OffsetBytes, Shards[i].Length))),
            receipt.Tensors.Select(place => place.Crc32C));
        Assert.Equal(0, _pool.UsedPages);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 0, (1 << 20) - 1)]
    [InlineData(1, 1, 0)]
    [InlineData(1, 2, 332)]
    [InlineData(3, 0, 524_288)]
    [InlineData(4, 0, 6)]
    public async Task Write_OfAPageThatChangedAfterTheSeal_IsCorrupt_AndNamesSiloShardPagePlaceAndRemedy(int tensor, int page, int at)
    {
        _versions.Frozen = part => Assert.True(SpinWait.SpinUntil(() => !part.TrySumNext(), TimeSpan.FromSeconds(10)));
        Freeze(frozen => frozen[tensor].BytesOf(page).Span[at] ^= 0x40);
        long offset = Shards.Take(tensor).Sum(shard => (long)shard.Length) + (page * Page.BytesMax);

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => WriteAsync());

        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.StartsWith(
            $"page {page} of the value of shard '{_tensors[tensor].Shard}' changed in the memory of silo {Silo}", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"as bytes {offset} to ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(FileName, fault.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was committed", fault.Message, StringComparison.Ordinal);
        Assert.Contains("restore the last checkpoint", fault.Message, StringComparison.Ordinal);
        Assert.Null(await _memory.TryGetPropertiesAsync(FileName, Token));
        Assert.Equal(0, _pool.UsedPages);
    }

    [Fact]
    public async Task Write_OfABlockThatChangesWhileItIsSent_IsCorrupt()
    {
        Freeze();
        _store.Staging = (_, offset, block) =>
        {
            if (offset == 3 * BlockBytes)
            {
                System.Runtime.InteropServices.MemoryMarshal.AsMemory(block).Span[17] ^= 1;
            }

            return new(block);
        };

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => WriteAsync());

        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.Contains($"page 0 of the value of shard '{_tensors[1].Shard}'", fault.Message, StringComparison.Ordinal);
        Assert.Null(await _memory.TryGetPropertiesAsync(FileName, Token));
    }

    [Theory]
    [InlineData(50, 0, 0)]
    [InlineData(100, 1, 100)]
    [InlineData(100 + (1 << 20), 1, 100 + (1 << 20))]
    [InlineData(433 + (3 << 20), 4, 433 + (3 << 20))]
    public async Task Write_ToAStoreThatKeepsOtherBytes_IsFoundByReadingBack_WithFileOffsetAndShard(int at, int tensor, int pageOffset)
    {
        Freeze();
        _store.Staging = (_, offset, block) => new(at >= offset && at < offset + block.Length ? DamagingBlobStore.Flipped(block, (int)(at - offset)) : block);

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => WriteAsync(readsBack: true));

        Assert.Equal((CheckpointError.Corrupt, pageOffset), (fault.Error, fault.DamageOffsetBytes));
        Assert.StartsWith($"'{FileName}' is damaged at byte {pageOffset}: page ", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"shard '{_tensors[tensor].Shard}'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Save again", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_WhileTheStoreStands_HoldsOnlyThePagesThatAreNotInBlocksYet()
    {
        Freeze();
        var isOpen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var waiting = new SemaphoreSlim(0);
        _store.Staging = async (_, _, block) =>
        {
            waiting.Release();
            await isOpen.Task;
            return block;
        };

        Task<DataFileReceipt> write = WriteAsync(blocksMax: 12);
        for (int block = 0; block < 12; block++)
        {
            Assert.True(await waiting.WaitAsync(TimeSpan.FromSeconds(10), Token));
        }

        // 12 blocks hold 1.5 MiB: 'a' and the first page of 'b' are in them, and have gone back.
        Assert.True(SpinWait.SpinUntil(() => _pool.UsedPages == 4, TimeSpan.FromSeconds(10)), $"{_pool.UsedPages} pages are held");
        isOpen.SetResult();
        await write.WaitAsync(TimeSpan.FromSeconds(10), Token);
        Assert.Equal(0, _pool.UsedPages);
    }

    private Task<DataFileReceipt> WriteAsync(bool readsBack = false, int blocksMax = 4)
    {
        var blocks = new BlockPool(Options.Create(new VariablesOptions { BlockBytes = BlockBytes, InFlightBytesMax = blocksMax * BlockBytes }));
        var ticket = new DataFileTicket(_attempt, 1, FileName, null, [.. _tensors]);
        return new DataFileWriter(_store, blocks, _versions, Silo, readsBack).WriteAsync(ticket, new WorkProgress(), Token);
    }

    /// <summary>Freezes all shards, whose live versions go. Returns the bytes of the file.</summary>
    private byte[] Freeze(Action<List<FrozenPart>>? then = null)
    {
        List<FrozenPart> frozen = [];
        Action<FrozenPart>? first = _versions.Frozen;
        _versions.Frozen = part =>
        {
            first?.Invoke(part);
            frozen.Add(part);
        };
        var bytes = new List<byte>();
        foreach ((string name, int length) in Shards)
        {
            PageRun run = PageRun.Rent(_pool, 0, length);
            byte[] content = new byte[length];
            new Random(length).NextBytes(content);
            run.CopyFrom(0, content);
            bytes.AddRange(content);
            var shard = new ShardId("m", name, 0);
            _tensors.Add(new DataFileTensor(shard, _incarnation, TensorPart.Value, length));
            _versions.Add(_attempt, shard, TensorPart.Value, _incarnation, run);
        }

        then?.Invoke(frozen);
        return [.. bytes];
    }
}
