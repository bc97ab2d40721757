using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Routing;
using Cairn.Grains.Coordination.Sessions;
using Cairn.Grains.Coordination.Waiting;

namespace Cairn.Grains.Coordination.Models;

/// <summary>What the coordinator knows of its model in memory: rebuilt by every activation. All of it changes in turns of the coordinator's grain.</summary>
internal sealed class LiveModel(string name)
{
    private readonly Waiters _waiters = new();
    private (long Generation, string Cause)? _torn;

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

    /// <summary>How many sessions are being fenced: until all shards have answered, nothing is sealed.</summary>
    public int FencesUnderWay { get; private set; }

    /// <summary>Why somebody thinks that shards may be lost, or null. The coordinator looks into it.</summary>
    public string? Suspicion { get; private set; }

    /// <summary>Why the present generation has to be rolled back, or null. While it has to, nothing of it is drained, sealed or restored over; only a new
    /// generation pays the debt.</summary>
    public string? OwedRollback => _torn is { } torn && torn.Generation == Sessions.Generation ? torn.Cause : null;

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

    /// <summary>A step of a generation was torn.</summary>
    public void OweRollback(long generation, string cause)
    {
        if (OwedRollback is null)
        {
            _torn = (generation, cause);
            Signal();
        }
    }

    /// <summary>A fence begins: nothing is sealed until it ends.</summary>
    public void BeginFence() => FencesUnderWay++;

    /// <summary>A fence ended.</summary>
    public void EndFence()
    {
        FencesUnderWay--;
        Signal();
    }

    private void Signal() => _waiters.Signal();
}
