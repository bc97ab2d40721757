using System.Net;
using System.Runtime.InteropServices;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Tests.Variables.Shards;

/// <summary>A shard without Orleans, in generation 1 and epoch 1, with short ways to use it.</summary>
internal sealed class LoneShard
{
    private readonly SiloShards _silo;
    private readonly Guid _session = Guid.NewGuid();
    private readonly int _length;
    private readonly VariableDefinition _definition;
    private int _ordinal;

    public LoneShard(SiloShards silo, int length, int index = 0, bool hasAverage = false)
        : this(silo, new ShardId("m", $"v{index}", 0), length, hasAverage) => Admit(null);

    private LoneShard(SiloShards silo, ShardId id, int length, bool hasAverage)
    {
        (_silo, _length, Id) = (silo, length, id);
        _definition = Definitions.Floats(id.Variable, hasAverage, shape: [length]);
        Shard = new VariableShard(Id, Guid.NewGuid(), silo, SiloAddress.New(IPAddress.Loopback, 1, 1), new FixedAddress(new Uri("http://127.0.0.1:1")));
    }

    /// <summary>The activation that will be the shard in the place of another, not admitted yet.</summary>
    public static LoneShard Successor(SiloShards silo, LoneShard old, int length, bool hasAverage) => new(silo, old.Id, length, hasAverage);

    public void Admit(ShardParcel? parcel) => Shard.Admit(new ShardAdmission(Shard.Incarnation, _definition, 1, 1, 0, parcel));

    /// <summary>The update that was sent last.</summary>
    public ShardUpdate Last { get; private set; } = null!;

    public ShardId Id { get; }

    public VariableShard Shard { get; }

    /// <summary>Updates all elements with one number; -1 for no payload.</summary>
    public bool Apply(UpdateKind kind, float number, long cut, long step = 1)
    {
        var update = new ShardUpdate(
            Shard.Incarnation, new StepStamp(1, 1, cut, step), new OperationId(_session, step, _ordinal++), kind, TensorPart.Value, 0, null, null, null);
        Last = update;
        if (kind == UpdateKind.UpdateAverage)
        {
            return Shard.Apply(update);
        }

        var transfer = Guid.NewGuid();
        PageRun body = PageRun.Rent(_silo.Pool, 0, _length * sizeof(float));
        for (int page = 0; page < body.PageCount; page++)
        {
            MemoryMarshal.Cast<byte, float>(body.BytesOf(page).Span).Fill(number);
        }

        _silo.Bodies.Add(transfer, body);
        return Shard.Apply(update with { Transfer = transfer });
    }

    /// <summary>The first element, as a step of the cut sees it.</summary>
    public float Read(long? cut = null) => MemoryMarshal.Read<float>(
        Shard.Read(new ShardRead(Shard.Incarnation, 1, TensorPart.Value, 0, sizeof(float), cut is { } before ? new StepStamp(1, 1, before, 1) : null)).Span);

    public SealReceipt Seal(Guid snapshot, long cut, bool keep = true) => Shard.Seal(new SealTicket(snapshot, Shard.Incarnation, 1, 1, cut, keep));

    public void Release(Guid snapshot, long cut) => Shard.Release(snapshot, cut, 1, Shard.Incarnation);

    /// <summary>The first element that is frozen under a snapshot, whose pages are let go.</summary>
    public float? Frozen(Guid snapshot)
    {
        FrozenPart? part = _silo.Sealed.TryTake(snapshot, Id, TensorPart.Value, Shard.Incarnation);
        float? first = part is null ? null : MemoryMarshal.Read<float>(part.BytesOf(0).Span);
        part?.Release();
        return first;
    }
}
