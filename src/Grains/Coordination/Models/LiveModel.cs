using Cairn.Contracts.Models;
using Cairn.Contracts.Steps;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Cuts;
using Cairn.Grains.Coordination.Routing;
using Cairn.Grains.Coordination.Sessions;
using Cairn.Grains.Coordination.Waiting;

namespace Cairn.Grains.Coordination.Models;

/// <summary>What the coordinator knows of its model in memory: rebuilt by every activation. All of it changes in turns of the coordinator's grain.</summary>
internal sealed class LiveModel(string name)
{
    private readonly Waiters _waiters = new();
    private readonly List<StepStamp> _fences = [];
    private readonly List<(Guid Snapshot, string Prefix)> _unstaged = [];
    private CancellationTokenSource _doom = new();
    private (long Generation, string Cause, bool IsLoss)? _torn;

    /// <summary>The model's name.</summary>
    public string Name => name;

    /// <summary>The definition, or null when nothing is defined.</summary>
    public ModelDefinition? Definition { get; private set; }

    /// <summary>Where the shards are.</summary>
    public ShardMap Map { get; set; } = ShardMap.Empty;

    /// <summary>What the live state is good for.</summary>
    public ModelPhase Phase { get; private set; } = ModelPhase.Undefined;

    /// <summary>Why the model is <see cref="ModelPhase.Unloaded"/>, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>The sessions and their steps.</summary>
    public SessionLedger Sessions { get; private set; } = SessionLedger.Begin(name, 0, 0);

    /// <summary>The newest cut, or null. The next one opens when it has ended.</summary>
    public CutProgress? Cut { get; set; }

    /// <summary>The snapshots that are frozen and not in the store yet, with the prefixes of their saves, the oldest first.</summary>
    public IReadOnlyList<(Guid Snapshot, string Prefix)> Unstaged => _unstaged;

    /// <summary>How many sessions are being fenced that left a step open: until all shards have answered, a cut after the step is not sealed.</summary>
    public int FencesUnderWay => _fences.Count;

    /// <summary>Cancelled once it is certain that the present generation is rolled back: nobody waits for its shards any more.</summary>
    public CancellationToken Doomed => _doom.Token;

    /// <summary>Why somebody thinks that shards may be lost, or null. The coordinator looks into it.</summary>
    public string? Suspicion { get; private set; }

    /// <summary>Why the present generation has to be rolled back, or null. While it has to, nothing of it is drained, sealed or restored over; only a new
    /// generation pays the debt.</summary>
    public string? OwedRollback => _torn is { } torn && torn.Generation == Sessions.Generation ? torn.Cause : null;

    /// <summary>Whether what is owed is owed for a loss, and not for a torn step alone.</summary>
    public bool IsOwedForLoss => _torn is { IsLoss: true } torn && torn.Generation == Sessions.Generation;

    /// <summary>Waits for the next change of anything here: those who wait look again.</summary>
    public Task ChangedAsync(CancellationToken cancellationToken) => _waiters.NextAsync(cancellationToken);

    /// <summary>The definition of a model that has one.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: it has none.</exception>
    public ModelDefinition RequireDefinition() =>
        Definition ?? throw new CheckpointException(CheckpointError.NotFound, $"Model '{name}' is not defined; define it first.");

    /// <summary>A model is defined, and about to be loaded or placed.</summary>
    public void Begin(ModelDefinition definition, long generation, long epoch)
    {
        Definition = definition;
        Map = ShardMap.Empty;
        Enter(ModelPhase.Loading, null);
        Change(SessionLedger.Begin(name, generation, epoch));
    }

    /// <summary>The model is deleted.</summary>
    public void End()
    {
        Definition = null;
        Map = ShardMap.Empty;
        Enter(ModelPhase.Undefined, null);
        Change(SessionLedger.Begin(name, 0, 0));
    }

    /// <summary>Changes the phase.</summary>
    public void Enter(ModelPhase phase, string? fault)
    {
        Phase = phase;
        Fault = fault;
        Signal();
    }

    /// <summary>Replaces the sessions.</summary>
    public void Change(SessionLedger sessions)
    {
        if (sessions.Generation != Sessions.Generation)
        {
            Cut = null; // The swap of the generation ends every cut of the old one.
            Spare();
        }

        Sessions = sessions;
        Signal();
    }

    /// <summary>Says that shards seem to be lost.</summary>
    public void Suspect(string reason)
    {
        Suspicion ??= reason;
        Signal();
    }

    /// <summary>The suspicion is being looked into.</summary>
    public void ClearSuspicion() => Suspicion = null;

    /// <summary>A step of a generation was torn, or a shard of it lost.</summary>
    public void OweRollback(long generation, string cause, bool isLoss)
    {
        if (OwedRollback is null)
        {
            _torn = (generation, cause, isLoss);
            if (OwedRollback is not null)
            {
                Doom();
            }

            Signal();
        }
    }

    /// <summary>How many sessions are being fenced that left a step open before a cut.</summary>
    public int FencesBefore(long cut) => _fences.Count(abandoned => abandoned.Cut < cut);

    /// <summary>A fence begins.</summary>
    /// <param name="abandoned">The step that the session left open, or null.</param>
    public void BeginFence(StepStamp? abandoned)
    {
        if (abandoned is { } stamp)
        {
            _fences.Add(stamp);
        }
    }

    /// <summary>A fence ended.</summary>
    public void EndFence(StepStamp? abandoned)
    {
        if (abandoned is { } stamp)
        {
            _fences.Remove(stamp);
            Signal();
        }
    }

    /// <summary>A snapshot is frozen for a save.</summary>
    public void BeginStaging(Guid snapshot, string prefix) => _unstaged.Add((snapshot, prefix));

    /// <summary>It is in the store, or given up.</summary>
    public void EndStaging(Guid snapshot)
    {
        if (_unstaged.RemoveAll(each => each.Snapshot == snapshot) > 0)
        {
            Signal();
        }
    }

    /// <summary>It is certain that the present generation is rolled back.</summary>
    public void Doom() => _doom.Cancel();

    /// <summary>It was looked into, and is not.</summary>
    public void Spare()
    {
        if (_doom.IsCancellationRequested)
        {
            _doom = new CancellationTokenSource();
        }
    }

    private void Signal() => _waiters.Signal();
}
