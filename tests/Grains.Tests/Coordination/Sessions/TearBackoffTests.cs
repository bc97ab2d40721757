using Cairn.Grains.Coordination.Sessions;

namespace Cairn.Grains.Tests.Coordination.Sessions;

/// <summary>A session that tears its steps waits (R5). The clock is a number.</summary>
public sealed class TearBackoffTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Before_OfANameThatToreNothing_IsNothing() => Assert.Null(TearBackoff.None.Tore("bad", "m-1", Start).Before("good", "m-1", true, Start));

    [Fact]
    public void Before_Alone_IsASecond_TwiceAsLongAfterEachTear_FiveMinutesAtMost()
    {
        TearBackoff backoff = TearBackoff.None;
        List<double> waits = [];
        for (int tears = 1; tears <= 11; tears++)
        {
            backoff = backoff.Tore("bad", "m-1", Start);
            waits.Add(backoff.Before("bad", "m-1", false, Start)!.Value.Left!.Value.TotalSeconds);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300], waits);
        Assert.Equal(1, backoff.Before("bad", "m-1", false, Start.AddSeconds(299))!.Value.Left!.Value.TotalSeconds);
        Assert.Null(backoff.Before("bad", "m-1", false, Start.AddSeconds(300)));
    }

    [Fact]
    public void Before_WhileOthersTrain_WaitsForANewerCheckpoint_HoweverLong()
    {
        TearBackoff backoff = TearBackoff.None.Tore("bad", "m-1", Start);

        Assert.Equal(new TearWait(1, null), backoff.Before("bad", "m-1", true, Start.AddDays(1)));
        Assert.Null(backoff.Before("bad", "m-2", true, Start));
    }

    [Fact]
    public void Tore_UnderANewerBase_CountsFromOneAgain_AndForgetsWhoToreUnderTheOld()
    {
        TearBackoff backoff = TearBackoff.None.Tore("bad", "m-1", Start).Tore("bad", "m-1", Start).Tore("worse", "m-1", Start);

        TearBackoff next = backoff.Tore("bad", "m-2", Start);

        Assert.Equal(1, next.Before("bad", "m-2", false, Start)!.Value.Tears);
        Assert.Equal(["bad"], next.Penalties.Keys);
    }

    [Fact]
    public void Tore_WithoutABase_WaitsAsWell() => Assert.NotNull(TearBackoff.None.Tore("bad", null, Start).Before("bad", null, false, Start));
}
