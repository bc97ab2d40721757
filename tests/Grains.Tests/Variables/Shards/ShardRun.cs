using System.Net;
using System.Runtime.InteropServices;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Grains.Variables;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Tests.Variables.Shards;

/// <summary>A real shard and a plain one, which get the same calls; after each they have to agree.</summary>
internal sealed class ShardRun
{
    private const float Decay = 0.9f;

    private static readonly ShardId Id = new("m", "v", 0);

    private readonly Random _random;
    private readonly int _length;
    private readonly SiloShards _silo;
    private readonly VariableShard _shard;
    private readonly PlainShard _plain;
    private readonly Guid[] _sessions;
    private readonly Dictionary<Guid, long> _steps = [];
    private readonly List<ShardUpdate> _sent = [];
    private readonly Dictionary<Guid, PlainTensors> _frozen = [];
    private SealTicket? _newestSeal;
    private int _ordinal;

    public ShardRun(int seed, int length, long pageBytesMax)
    {
        _random = new Random(seed);
        _length = length;
        _silo = new SiloShards(Options.Create(new VariablesOptions { PageBytesMax = pageBytesMax }), TimeProvider.System);
        _shard = new VariableShard(Id, NewId(), _silo, SiloAddress.New(IPAddress.Loopback, 1, 1), new FixedAddress(new Uri("http://127.0.0.1:1")));
        _plain = new PlainShard(Decay, length);
        _sessions = [NewId(), NewId(), NewId()];
        _shard.Admit(new ShardAdmission(_shard.Incarnation, Definitions.Floats(hasAverage: true, decay: Decay, shape: [length]), 1, 1, 0));
    }

    /// <summary>How often each thing has happened.</summary>
    public Dictionary<string, int> Counts { get; } = [];

    public void Step()
    {
        switch (_random.Next(24))
        {
            case < 12: Update(); break;
            case < 14: Repeat(); break;
            case < 16: Read(); break;
            case < 19: Seal(); break;
            case 19: SealAgain(); break;
            case < 22: Release(); break;
            case 22: Rarely(); break;
            default: Fence(); break;
        }

        AssertLive();
    }

    /// <summary>Lets go of everything; no page may be left.</summary>
    public void End()
    {
        _shard.FreePages();
        Assert.Equal((0L, 0L), (_silo.Pool.UsedBytes, _silo.Pool.UsedPages));
    }

    private void Update()
    {
        ShardUpdate update = NewUpdate();
        _sent.Add(update);
        Apply(update);
    }

    private void Repeat()
    {
        if (_sent.Count > 0)
        {
            ShardUpdate update = _sent[_random.Next(Math.Max(0, _sent.Count - 8), _sent.Count)];
            Apply(_random.Next(2) == 0 ? update : update with { Stamp = update.Stamp with { Epoch = _plain.Epoch, Cut = ACut() } }); // R13: stamped anew.
        }
    }

    private void Apply(ShardUpdate update)
    {
        (ShardUpdate? carried, _) = Try(() => Carried(update));
        if (carried is null)
        {
            Count("out of pages");
            return; // Not even the body had room.
        }

        CheckpointError? refusal = _plain.Expect(update, out bool isNew);
        (bool applied, CheckpointError? refused) = Try(() => _shard.Apply(carried));
        if (isNew && refused is CheckpointError.TryAgain or CheckpointError.LimitExceeded && refused != refusal)
        {
            Count("out of pages");
            return; // The pool was used up: the update did not happen, which the comparison shows.
        }

        Assert.Equal((isNew && refusal is null, refusal), (applied, refused));
        Count(refused?.ToString() ?? (applied ? _plain.Open is { } open && update.Stamp.Cut < open ? "applied to both" : "applied" : "repeated"));
        if (applied)
        {
            _plain.Remember(update);
        }
    }

    private void Read()
    {
        StepStamp? stamp = _random.Next(4) == 0 ? null : new StepStamp(_plain.Generation, AnEpoch(), ACut(), 1);
        var read = new ShardRead(_shard.Incarnation, _plain.Generation, TensorPart.Value, 0, _length * sizeof(float), stamp);
        (CheckpointError? refusal, float[]? expected) = _plain.ExpectRead(read);
        Guid lease = NewId();
        (_, CheckpointError? refused) = Try(() => Lease(read, lease));
        Assert.Equal(refusal, refused);
        if (refused is null && _silo.Leases.TryTake(lease) is { } run)
        {
            // Where pages are few, the version being cut may be gone.
            AssertPart(expected!, run, orElse: Counts.ContainsKey("small") ? _plain.Live.Value : null);
            Count("read");
        }
    }

    private bool Lease(ShardRead read, Guid lease)
    {
        _shard.Lease(read, lease);
        return true;
    }

    private void Seal()
    {
        long cut = _random.Next(6) == 0 ? ACut() : _plain.Open ?? _plain.Cuts.Ended + 1;
        var ticket = new SealTicket(NewId(), _shard.Incarnation, AGeneration(), AnEpoch(), cut, _random.Next(4) > 0);
        CheckpointError? refusal = _plain.ExpectSeal(ticket);
        PlainTensors? expected = _plain.AtCut(cut);
        (SealReceipt? receipt, CheckpointError? refused) = Try(() => _shard.Seal(ticket));
        if (refused == CheckpointError.LimitExceeded)
        {
            Assert.True(_frozen.Count >= 4);
            return;
        }

        Assert.Equal(refusal, refused);
        if (receipt is null)
        {
            return;
        }

        if (ticket.Keep)
        {
            AssertReceipt(ticket, receipt, expected);
        }

        _plain.Seal(cut);
        _newestSeal = ticket;
    }

    private void AssertReceipt(SealTicket ticket, SealReceipt receipt, PlainTensors? expected)
    {
        bool isSpoiled = _plain.IsSpoiled || expected is null;
        if (receipt.Spoiled is not null)
        {
            // The pool may be used up at any moment where it is small; nothing else spoils a cut without cause.
            Assert.True(isSpoiled || (receipt.IsOutOfPages && Counts.ContainsKey("small")), receipt.Spoiled);
            Count(receipt.IsOutOfPages ? "spoiled by pages" : "spoiled");
            return;
        }

        Assert.False(isSpoiled);
        Assert.Equal((expected!.NumUpdates, expected.AverageUpdates), (receipt.NumUpdates, receipt.AverageUpdates));
        Assert.Equal((expected.Value is not null, expected.Shadow is not null), (receipt.ValueInitialised, receipt.ShadowInitialised));
        _frozen.Add(ticket.Snapshot, expected);
        Count("sealed");
    }

    private void SealAgain()
    {
        if (_newestSeal is { } ticket && _plain.Epoch == ticket.Epoch && _plain.Generation == ticket.Generation)
        {
            Assert.Equal(ticket.Incarnation, _shard.Seal(ticket).Incarnation);
        }
    }

    private void Release()
    {
        Guid snapshot = _frozen.Count > 0 ? _frozen.Keys.First() : NewId();
        if (_frozen.TryGetValue(snapshot, out PlainTensors? expected))
        {
            AssertFrozen(snapshot, expected);
        }

        long cut = expected is null || _random.Next(3) == 0 ? _plain.Open ?? _plain.Cuts.Ended : _plain.Cuts.Ended;
        _shard.Release(snapshot, cut, _plain.Epoch, _shard.Incarnation);
        _shard.Release(snapshot, cut, _plain.Epoch, _shard.Incarnation);
        _plain.Release(cut);
        _frozen.Remove(snapshot);
        Assert.Null(_silo.Sealed.TryTake(snapshot, Id, TensorPart.Value, _shard.Incarnation));
    }

    private void AssertFrozen(Guid snapshot, PlainTensors expected)
    {
        foreach ((TensorPart part, float[]? values) in new[] { (TensorPart.Value, expected.Value), (TensorPart.Shadow, expected.Shadow) })
        {
            FrozenPart? frozen = _silo.Sealed.TryTake(snapshot, Id, part, _shard.Incarnation);
            if (frozen is null && Counts.ContainsKey("small"))
            {
                continue; // Given up for its pages.
            }

            Assert.Equal(values is not null, frozen is not null);
            for (int page = 0; page < (frozen?.PageCount ?? 0); page++)
            {
                ReadOnlySpan<byte> bytes = frozen!.BytesOf(page).Span;
                Assert.True(bytes.SequenceEqual(MemoryMarshal.AsBytes(values.AsSpan()).Slice(page * Page.BytesMax, bytes.Length)));
            }

            frozen?.Release();
        }
    }

    private void Rarely()
    {
        switch (_random.Next(6))
        {
            case 0:
                _shard.ConfirmEpoch(_plain.Epoch + 1);
                _plain.Confirm(_plain.Epoch + 1);
                _frozen.Clear();
                Count("epoch");
                break;
            case 1:
                Swap();
                break;
            case 2:
                _silo.Sealed.GiveUp();
                _plain.GiveUp();
                ReleaseAll();
                break;
            default:
                break;
        }
    }

    private void ReleaseAll()
    {
        foreach (Guid snapshot in _frozen.Keys)
        {
            _shard.Release(snapshot, 0, _plain.Epoch, _shard.Incarnation);
        }

        _frozen.Clear();
    }

    private void Swap()
    {
        Guid? load = _random.Next(2) == 0 ? NewId() : null;
        bool clear = _random.Next(2) == 0;
        float[]? staged = load is null ? null : Floats(_length);
        var ticket = new SwapTicket(load, _shard.Incarnation, _plain.Generation + 1, _plain.Epoch, clear, null, 0, _plain.Cuts.Ended + _random.Next(2));
        if (load is { } id)
        {
            if (_silo.Pool.BytesMax - _silo.Pool.UsedBytes < _length * sizeof(float) + Page.BytesMax)
            {
                return;
            }

            PageRun run = PageRun.Rent(_silo.Pool, 0, _length * sizeof(float));
            run.CopyFrom(0, MemoryMarshal.AsBytes(staged.AsSpan()));
            _silo.Staged.Add(id, [new StagedPart(Id, _shard.Incarnation, TensorPart.Value, run)]);
        }

        _shard.Swap(ticket);
        _shard.Swap(ticket);
        PlainTensors before = clear ? PlainTensors.Empty : _plain.Live;
        _plain.Swap(ticket, before with { Value = staged ?? before.Value });
        _silo.Staged.Drop(load ?? Guid.Empty);
        _frozen.Clear();
        Count("swap");
    }

    private void Fence()
    {
        if (_random.Next(4) > 0)
        {
            return;
        }

        int which = _random.Next(_sessions.Length);
        long step = _steps.GetValueOrDefault(_sessions[which], 1);
        Assert.Equal(_plain.Fence(_sessions[which], step), _shard.Fence(_sessions[which], step, _plain.Epoch));
        _sessions[which] = NewId();
    }

    private ShardUpdate NewUpdate()
    {
        Guid session = _sessions[_random.Next(_sessions.Length)];
        long step = Math.Max(1, _steps.GetValueOrDefault(session, 1) + (_random.Next(8) switch { 0 => -1, < 4 => 1, _ => 0 }));
        _steps[session] = Math.Max(step, _steps.GetValueOrDefault(session));
        UpdateKind kind = (UpdateKind)_random.Next(5);
        bool isWhole = kind == UpdateKind.Initialise || _random.Next(3) == 0;
        int offset = isWhole ? 0 : _random.Next(_length);
        int count = isWhole ? _length : _random.Next(1, _length - offset + 1);
        bool isEmpty = kind == UpdateKind.UpdateAverage || (kind == UpdateKind.Initialise && _random.Next(2) == 0);
        return new ShardUpdate(
            _shard.Incarnation,
            new StepStamp(AGeneration(), AnEpoch(), ACut(), step),
            new OperationId(session, step, _ordinal++),
            kind,
            _random.Next(4) == 0 ? TensorPart.Shadow : TensorPart.Value,
            isEmpty ? 0 : offset * sizeof(float),
            isEmpty ? default(ReadOnlyMemory<byte>?) : MemoryMarshal.AsBytes<float>(Floats(count)).ToArray(),
            null,
            _random.Next(2) == 0 ? _random.Next(50) : null);
    }

    /// <summary>As it comes: a long body waits on the silo, if it has pages.</summary>
    private ShardUpdate Carried(ShardUpdate update)
    {
        if (update.Payload is not { Length: > ShardUpdate.InlineBytesMax } payload)
        {
            return update;
        }

        Guid transfer = NewId();
        PageRun run = PageRun.Rent(_silo.Pool, update.OffsetBytes, payload.Length);
        run.CopyFrom(update.OffsetBytes, payload.Span);
        _silo.Bodies.Add(transfer, run);
        return update with { Payload = null, Transfer = transfer };
    }

    private long ACut() => Math.Max(0, (_plain.Open ?? _plain.Cuts.Ended) + _random.Next(9) switch { 0 => -2, < 4 => -1, < 8 => 0, _ => 1 });

    private long AnEpoch() => _plain.Epoch + (_random.Next(40) switch { 0 => 1, 1 => -1, _ => 0 });

    private long AGeneration() => _plain.Generation + (_random.Next(40) switch { 0 => 1, 1 => -1, _ => 0 });

    private float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.NextSingle() - 0.5f)];

    private Guid NewId()
    {
        byte[] bytes = new byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    public void Count(string what) => Counts[what] = Counts.GetValueOrDefault(what) + 1;

    private void AssertLive()
    {
        PlainTensors live = _plain.Live;
        ShardReport report = _shard.Report();
        Assert.Equal((live.Value is not null, live.Shadow is not null), (report.ValueInitialised, report.ShadowInitialised));
        AssertPart(TensorPart.Value, live.Value);
        AssertPart(TensorPart.Shadow, live.Shadow);
    }

    private void AssertPart(TensorPart part, float[]? expected)
    {
        if (expected is not null)
        {
            Guid lease = NewId();
            _shard.Lease(new ShardRead(_shard.Incarnation, _plain.Generation, part, 0, _length * sizeof(float)), lease);
            AssertPart(expected, _silo.Leases.TryTake(lease)!);
        }
    }

    private void AssertPart(float[] expected, PageRun run, float[]? orElse = null)
    {
        byte[] bytes = new byte[_length * sizeof(float)];
        run.CopyTo(0, bytes);
        run.Release();
        bool Is(float[]? values) => values is not null && bytes.AsSpan().SequenceEqual(MemoryMarshal.AsBytes(values.AsSpan()));
        Assert.True(Is(expected) || Is(orElse));
    }

    private static (T? Result, CheckpointError? Refusal) Try<T>(Func<T> call)
    {
        try
        {
            return (call(), null);
        }
        catch (CheckpointException refusal)
        {
            return (default, refusal.Error);
        }
    }
}
