using Cairn.Grains.Coordination;
using Cairn.Grains.Coordination.Records;
using Orleans.Runtime;

namespace Cairn.Simulation.Clusters;

/// <summary>One activation of a coordinator, with the timer that Orleans gives it.</summary>
internal sealed class CoordinatorActivation(SimSilo silo, string model)
{
    private ITimer? _timer;

    /// <summary>Where it runs.</summary>
    public SimSilo Silo => silo;

    /// <summary>The coordinator itself.</summary>
    public ModelCoordinator Coordinator { get; } = new(
        model,
        silo.Coordination,
        new TellingPersistence(silo, new RecordPersistence(silo.Records, GrainId.Create("coordinator", model))),
        silo.Grains,
        silo.Membership,
        silo.Services);

    /// <summary>Ends when it may serve.</summary>
    public Task Entering { get; private set; } = Task.CompletedTask;

    /// <summary>Whether it has ended.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Begins it.</summary>
    public void Begin()
    {
        silo.Party.Start(() => Entering = EnterAsync());
    }

    private async Task EnterAsync()
    {
        await Coordinator.EnterAsync(CancellationToken.None);
        _timer = silo.Party.Time.CreateTimer(
            _ => silo.Party.Run(static state => ((CoordinatorActivation)state!).Tick(), this), null, silo.Cluster.TickPeriod, Timeout.InfiniteTimeSpan);
    }

    private void Tick()
    {
        if (Coordinator.Tick())
        {
            _timer!.Change(silo.Cluster.TickPeriod, Timeout.InfiniteTimeSpan);
            return;
        }

        IsOver = true;
        Coordinator.End();
    }
}
