using Cairn.Simulation.Checks;
using Cairn.Simulation.Clusters;
using Cairn.Simulation.Stories;

namespace Cairn.Simulation.Jobs;

/// <summary>What the clients of a story share.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="truth">What really happens.</param>
/// <param name="seed">The story's seed.</param>
/// <param name="trace">Takes the story down.</param>
/// <param name="attacks">Counts the attacks that clients make.</param>
internal sealed class Job(SimCluster cluster, Truth truth, ulong seed, Trace trace, AttackCounts attacks)
{
    private readonly HashSet<int> _done = [];

    /// <summary>The cluster.</summary>
    public SimCluster Cluster => cluster;

    /// <summary>What really happens.</summary>
    public Truth Truth => truth;

    /// <summary>The model.</summary>
    public ModelLayout Layout => truth.Layout;

    /// <summary>The story's seed.</summary>
    public ulong Seed => seed;

    /// <summary>Which trainer defines the model and gives it its first values.</summary>
    public int Chief { get; private set; }

    /// <summary>Whether the model is defined.</summary>
    public bool IsDefined { get; set; }

    /// <summary>Whether everybody shall come to an end.</summary>
    public bool IsClosing { get; set; }

    /// <summary>A trainer has done its work; if it was the chief, the next one is.</summary>
    public void Leaves(int trainer)
    {
        _done.Add(trainer);
        while (_done.Contains(Chief))
        {
            Chief++;
        }
    }

    /// <summary>Counts the attacks that clients make.</summary>
    public AttackCounts Attacks => attacks;

    /// <summary>Takes the story down.</summary>
    public Trace Trace => trace;
}
