using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Cairn.House.Tests;

/// <summary>Messages survive the wire: Orleans' serializer gives back what it was given.</summary>
public sealed class ContractSerializationTests
{
    private static readonly ShardId Shard = new("ranker", "dense/kernel", 1);
    private static readonly AverageDefinition Average = new("ExponentialMovingAverage", 0.99f);
    private static readonly VariableDefinition Variable = new("dense/kernel", TensorDType.BFloat16, new TensorShape(5, 3), 2, true, [0, 1], Average);
    private readonly Serializer _serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    [Fact]
    public void Definition_WithAverageAndInitialElement_ComesBackEqual()
    {
        ModelDefinition definition = new("ranker", [Variable]);

        Assert.Equal(definition.Variables, RoundTrip(definition).Variables);
    }

    [Fact]
    public void Update_WithInlinePayload_ComesBackEqual()
    {
        OperationId operation = new(Guid.NewGuid(), 4, 5);
        StepStamp stamp = new(1, 2, 3, 4);
        ShardUpdate update = new(Guid.NewGuid(), stamp, operation, UpdateKind.AssignAdd, TensorPart.Shadow, 8, new byte[] { 1, 2, 3, 4 }, null, 7);

        ShardUpdate back = RoundTrip(update);

        Assert.Equal(update with { Payload = null }, back with { Payload = null });
        Assert.Equal(update.Payload!.Value.ToArray(), back.Payload!.Value.ToArray());
    }

    [Fact]
    public void LoadTicket_WithRanges_ComesBackEqual()
    {
        LoadRange range = new("model/a.data-00000-of-00001", "etag", 4, 12, [1, 0], [2, 3], 0xdeadbeef);
        ShardLoad load = new(Shard, Guid.NewGuid(), TensorPart.Value, TensorDType.Half, [1, 0], new TensorShape(2, 3), [range]);
        LoadTicket ticket = new(Guid.NewGuid(), [load], true);

        LoadTicket back = RoundTrip(ticket);

        Assert.Equal(ticket.Shards[0] with { Ranges = default, Start = default }, back.Shards[0] with { Ranges = default, Start = default });
        Assert.Equal(range with { Start = default, Shape = default }, back.Shards[0].Ranges[0] with { Start = default, Shape = default });
        Assert.Equal(range.Shape, back.Shards[0].Ranges[0].Shape);
    }

    [Fact]
    public void StaleGeneration_ComesBackAsItself_WithWhatToResumeFrom()
    {
        StaleGenerationException stale = new("It is over.", 4, "model/a", 17);

        var back = Assert.IsType<StaleGenerationException>(RoundTrip<Exception>(stale));

        Assert.Equal((stale.Message, stale.Error, 4L, "model/a", 17L), (back.Message, back.Error, back.Generation, back.ResumePrefix, back.ResumeStep));
    }

    [Fact]
    public void Refusal_ComesBackAsItself()
    {
        var back = Assert.IsType<CheckpointException>(RoundTrip<Exception>(new CheckpointException(CheckpointError.StoreFull, "It is full.")));

        Assert.Equal((CheckpointError.StoreFull, "It is full."), (back.Error, back.Message));
    }

    [Fact]
    public void Description_WithRoutes_ComesBackEqual()
    {
        ShardRoute route = new(Shard, Guid.NewGuid(), new Uri("http://127.0.0.1:5310"));
        ModelDescription description = new(new ModelDefinition("ranker", [Variable]), ModelPhase.Ready, 3, 4, [route], "model/a", null);

        ModelDescription back = RoundTrip(description);

        Assert.Equal(description.Routes[0], back.Routes[0]);
        Assert.Equal((description.Phase, description.Generation, description.BasePrefix), (back.Phase, back.Generation, back.BasePrefix));
    }

    [Fact]
    public void Report_WithSessions_ComesBackEqual()
    {
        Guid session = Guid.NewGuid();
        SiloAddress silo = SiloAddress.New(System.Net.IPAddress.Loopback, 11111, 5);
        ImmutableDictionary<Guid, long> sessions = ImmutableDictionary<Guid, long>.Empty.Add(session, 9);
        ShardReport report = new(Shard, Guid.NewGuid(), true, 1, 2, true, false, new Uri("http://127.0.0.1:1"), silo, sessions);

        ShardReport back = RoundTrip(report);

        Assert.Equal(9, back.Sessions[session]);
        Assert.Equal(silo, back.Silo);
    }

    [Fact]
    public void WorkStatus_WithReceipts_ComesBackEqual()
    {
        WorkStatus status = new(true, 8, 8, CheckpointError.Corrupt, "why", new DataFileReceipt("e", 8, [new TensorPlace(0, 8, 5)]), new LoadReceipt([1u, 2u]));

        WorkStatus back = RoundTrip(status);

        Assert.Equal(status.DataFile!.Tensors[0], back.DataFile!.Tensors[0]);
        Assert.Equal(status.Load!.Ranges, back.Load!.Ranges);
        Assert.Equal(status.Error, back.Error);
    }

    [Fact]
    public void Requests_ComeBackEqual()
    {
        SaveRequest save = new(Guid.NewGuid(), "./model/model.ckpt", 5, [new TensorBinding("k", "v", TensorPart.Shadow)], new SaveOptions(MaxToKeep: 3));

        SaveRequest back = RoundTrip(save);

        Assert.Equal(save with { Tensors = default }, back with { Tensors = default });
        Assert.Equal(save.Tensors, back.Tensors);
    }

    [Fact]
    public void Refusal_KeepsItsKindAndMessage()
    {
        Exception back = RoundTrip<Exception>(new CheckpointException(CheckpointError.Uninitialised, "Attempting to use uninitialized value v"));

        CheckpointException refusal = Assert.IsType<CheckpointException>(back);
        Assert.Equal((CheckpointError.Uninitialised, "Attempting to use uninitialized value v"), (refusal.Error, refusal.Message));
    }

    private T RoundTrip<T>(T value) => _serializer.Deserialize<T>(_serializer.SerializeToArray(value))!;
}
