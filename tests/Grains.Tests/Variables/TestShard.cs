using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;

namespace Cairn.Grains.Tests.Variables;

/// <summary>A shard in service, with short ways to update and read it.</summary>
internal sealed class TestShard(ShardId id, IVariableGrain grain, Guid incarnation)
{
    private readonly Guid _session = Guid.NewGuid();
    private int _ordinal;

    public ShardId Id => id;

    public IVariableGrain Grain => grain;

    public Guid Incarnation => incarnation;

    public long Generation { get; set; } = 1;

    public StepStamp Stamp(long cut = 0, long step = 1, long epoch = 1) => new(Generation, epoch, cut, step);

    public ShardUpdate Update(UpdateKind kind, byte[]? payload, StepStamp? stamp = null, long offset = 0, TensorPart part = TensorPart.Value)
    {
        StepStamp when = stamp ?? Stamp();
        ReadOnlyMemory<byte>? bytes = payload is null ? default(ReadOnlyMemory<byte>?) : new ReadOnlyMemory<byte>(payload);
        return new ShardUpdate(incarnation, when, new OperationId(_session, when.Step, _ordinal++), kind, part, offset, bytes, null, null);
    }

    public Task<bool> ApplyAsync(UpdateKind kind, byte[]? payload, long offset = 0, TensorPart part = TensorPart.Value, StepStamp? stamp = null) =>
        grain.ApplyAsync(Update(kind, payload, stamp, offset, part));

    public Task<bool> AssignAsync(params float[] values) => ApplyAsync(UpdateKind.Assign, Bytes(values));

    public async Task<float[]> ReadAsync(TensorPart part = TensorPart.Value, int count = 4)
    {
        ReadOnlyMemory<byte> bytes = await grain.ReadAsync(new ShardRead(incarnation, Generation, part, 0, count * sizeof(float)));
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray();
    }

    public Task<SealReceipt> SealAsync(Guid snapshot, long cut, bool keep = true) =>
        grain.SealAsync(new SealTicket(snapshot, incarnation, Generation, 1, cut, keep));

    public Task ReleaseAsync(Guid snapshot, long cut) => grain.ReleaseAsync(snapshot, cut, 1, incarnation);

    public static byte[] Bytes(params float[] values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();
}
