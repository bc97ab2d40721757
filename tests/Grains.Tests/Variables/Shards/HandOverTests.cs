using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Grains.Variables;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Tests.Variables.Shards;

/// <summary>A shard that passes from one silo to another (R21): what is admitted is what was given away, or nothing is.</summary>
public sealed class HandOverTests
{
    private const int Length = 300_000; // Two pages.

    private readonly SiloShards _from = Silo();
    private readonly SiloShards _to = Silo();
    private readonly Guid _handOver = Guid.NewGuid();
    private readonly LoneShard _old;

    public HandOverTests()
    {
        _old = new LoneShard(_from, Length, hasAverage: true);
        _old.Apply(UpdateKind.Initialise, 1, cut: 0);
        _old.Apply(UpdateKind.AssignAdd, 2, cut: 0);
        _old.Apply(UpdateKind.UpdateAverage, 0, cut: 0);
    }

    [Fact]
    public void Admit_OfWhatWasHandedOver_GoesOnWhereTheOldOneStopped()
    {
        ShardParcel parcel = _old.Shard.HandOver(_handOver, 1, _old.Shard.Incarnation);
        Fetch(parcel);
        LoneShard fresh = LoneShard.Successor(_to, _old, Length, hasAverage: true);

        fresh.Admit(parcel);
        _old.Shard.Leave(_handOver, 1, _old.Shard.Incarnation);

        Assert.Equal(3, fresh.Read());
        Assert.Equal(0, _from.Pool.UsedPages);
        Assert.False(fresh.Shard.Apply(_old.Last with { Incarnation = fresh.Shard.Incarnation }));
        SealReceipt receipt = fresh.Seal(Guid.NewGuid(), 1);
        Assert.Equal((true, true, 1), (receipt.ValueInitialised, receipt.ShadowInitialised, receipt.AverageUpdates));
        Assert.True(fresh.Shard.Fence(_old.Last.Operation.Session, 1, 1));
    }

    [Fact]
    public void HandOver_StopsServing_UntilItIsGivenUp()
    {
        ShardParcel parcel = _old.Shard.HandOver(_handOver, 1, _old.Shard.Incarnation);

        Assert.Same(parcel, _old.Shard.HandOver(_handOver, 1, _old.Shard.Incarnation));
        Assert.Null(_from.Local.Find(_old.Id));
        Assert.Equal(CheckpointError.TryAgain, Refused(() => _old.Apply(UpdateKind.AssignAdd, 1, cut: 0)));
        Assert.Equal(CheckpointError.TryAgain, Refused(() => _old.Read()));
        Assert.Equal(CheckpointError.TryAgain, Refused(() => _old.Shard.Fence(Guid.NewGuid(), 1, 1)));
        Assert.Equal(CheckpointError.Superseded, Refused(() => _old.Shard.Resume(_handOver, 0, _old.Shard.Incarnation)));

        _old.Shard.Resume(_handOver, 1, _old.Shard.Incarnation);

        Assert.NotNull(_from.Local.Find(_old.Id));
        Assert.True(_old.Apply(UpdateKind.AssignAdd, 1, cut: 0));
        Assert.Equal(CheckpointError.Aborted, Refused(() => _old.Shard.Leave(_handOver, 1, _old.Shard.Incarnation)));
    }

    [Fact]
    public void HandOver_InterruptedByAFreshCoordinator_IsOver()
    {
        _old.Shard.HandOver(_handOver, 1, _old.Shard.Incarnation);

        _old.Shard.ConfirmEpoch(2);

        Assert.Equal(CheckpointError.Superseded, Refused(() => _old.Shard.Leave(_handOver, 1, _old.Shard.Incarnation)));
        Assert.NotNull(_from.Local.Find(_old.Id));
    }

    [Fact]
    public void HandOver_WithACutOpen_IsRefused()
    {
        _old.Apply(UpdateKind.AssignAdd, 1, cut: 1, step: 2);

        Assert.Equal(CheckpointError.Aborted, Refused(() => _old.Shard.HandOver(_handOver, 1, _old.Shard.Incarnation)));
        Assert.True(_old.Apply(UpdateKind.AssignAdd, 1, cut: 1, step: 2));
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("sessions")]
    [InlineData("counters")]
    [InlineData("cut")]
    [InlineData("nothing fetched")]
    public void Admit_OfWhatIsNotWhatWasGivenAway_IsRefused_AndTheShardIsEmpty(string damage)
    {
        ShardParcel parcel = _old.Shard.HandOver(_handOver, 1, _old.Shard.Incarnation);
        if (damage != "nothing fetched")
        {
            Fetch(parcel, damage == "bytes");
        }

        LoneShard fresh = LoneShard.Successor(_to, _old, Length, hasAverage: true);
        ShardParcel damaged = damage switch
        {
            "sessions" => parcel with { Sessions = [parcel.Sessions[0] with { Ordinals = [] }] },
            "counters" => parcel with { AverageUpdates = 2 },
            "cut" => parcel with { SealedCut = 1 },
            _ => parcel,
        };

        CheckpointError expected = damage == "nothing fetched" ? CheckpointError.Aborted : CheckpointError.Corrupt;
        Assert.Equal(expected, Refused(() => fresh.Admit(damaged)));

        Assert.False(fresh.Shard.Report().IsAdmitted);
        _to.Staged.Drop(_handOver);
        Assert.Equal(0, _to.Pool.UsedPages);
    }

    /// <summary>What <see cref="Cairn.Grains.Variables.Silos.ShardPuller"/> does, without HTTP.</summary>
    private void Fetch(ShardParcel parcel, bool isDamaged = false)
    {
        var parts = new List<StagedPart>();
        foreach (ParcelPart part in parcel.Parts)
        {
            var lease = Guid.NewGuid();
            _old.Shard.LeaseParcel(_handOver, part.Part, lease);
            PageRun source = _from.Leases.TryTake(lease)!;
            PageRun run = PageRun.Rent(_to.Pool, 0, part.LengthBytes);
            for (int page = 0; page < run.PageCount; page++)
            {
                source.BytesOf(page).CopyTo(run.BytesOf(page));
            }

            run.BytesOf(1).Span[7] ^= (byte)(isDamaged ? 1 : 0);
            source.Release();
            parts.Add(new StagedPart(_old.Id, parcel.Incarnation, part.Part, run));
        }

        _to.Staged.Add(_handOver, parts);
    }

    private static CheckpointError Refused(Action call) => Assert.Throws<CheckpointException>(call).Error;

    private static CheckpointError Refused<T>(Func<T> call) => Refused(() => { _ = call(); });

    private static SiloShards Silo() => new(Options.Create(new VariablesOptions { PageBytesMax = 64 << 20 }), TimeProvider.System);
}
