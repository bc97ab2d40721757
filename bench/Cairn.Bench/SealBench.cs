using System.Diagnostics;
using System.Net;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Format.Tensors;
using Cairn.Grains;
using Cairn.Grains.Variables;
using Cairn.Grains.Variables.Shards;
using Cairn.Grains.Variables.Silos;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Cairn.Bench;

/// <summary>The time of a shard's own seal, at 1 GiB and at 64 KiB, in turn. The checksums that a seal sets off are taken in the background, as in a
/// silo.</summary>
internal static class SealBench
{
    private const int Rounds = 2_001;
    private const long LargeBytes = 1L << 30;
    private const long SmallBytes = 64 << 10;

    public static Task<IReadOnlyList<Measured>> RunAsync()
    {
        var silo = new SiloShards(Options.Create(new VariablesOptions { PageBytesMax = 3 * LargeBytes }), TimeProvider.System);
        silo.Sealed.Frozen = new FrozenSummer().Add;
        VariableShard small = Shard(silo, "small", SmallBytes);
        VariableShard large = Shard(silo, "large", LargeBytes);
        double[] smalls = new double[Rounds];
        double[] larges = new double[Rounds];
        for (int round = -Rounds; round < Rounds; round++)
        {
            double smallTime = Seal(small, round + Rounds + 1);
            double largeTime = Seal(large, round + Rounds + 1);
            if (round >= 0)
            {
                (smalls[round], larges[round]) = (smallTime, largeTime);
            }
        }

        (double smallMedian, double largeMedian) = (Statistics.Median(smalls), Statistics.Median(larges));
        return Task.FromResult<IReadOnlyList<Measured>>(
        [
            new Measured("time to seal a shard of 1 GiB over one of 64 KiB", largeMedian / smallMedian, "", 1.5,
                $"medians of {Rounds} seals each, in turn: {largeMedian:0.00} us over {smallMedian:0.00} us"),
        ]);
    }

    private static double Seal(VariableShard shard, long cut)
    {
        var ticket = new SealTicket(Guid.NewGuid(), shard.Incarnation, 1, 1, cut, true);
        long begun = Stopwatch.GetTimestamp();
        SealReceipt receipt = shard.Seal(ticket);
        double microseconds = Stopwatch.GetElapsedTime(begun).TotalMicroseconds;
        shard.Release(ticket.Snapshot, cut, 1, shard.Incarnation);
        return receipt.Spoiled is null ? microseconds : throw new InvalidOperationException($"The seal of cut {cut} was spoiled: {receipt.Spoiled}");
    }

    private static VariableShard Shard(SiloShards silo, string name, long lengthBytes)
    {
        var id = new ShardId("bench", name, 0);
        var shard = new VariableShard(id, Guid.NewGuid(), silo, SiloAddress.New(IPAddress.Loopback, 1, 1), new NoDataPlane());
        var shape = new TensorShape(lengthBytes / sizeof(float));
        var variable = new VariableDefinition(name, TensorDType.Float, shape, 1, true, new byte[] { 0, 0, 128, 63 }, null);
        shard.Admit(new ShardAdmission(shard.Incarnation, variable, 1, 1, 0));
        shard.Apply(new ShardUpdate(
            shard.Incarnation, new StepStamp(1, 1, 0, 1), new OperationId(Guid.NewGuid(), 1, 0), UpdateKind.Initialise, TensorPart.Value, 0, null, null, null));
        return shard;
    }

    private sealed class NoDataPlane : IDataPlaneAddress
    {
        public Uri? Current => new("http://127.0.0.1:1");
    }
}
