using Cairn.Chaos.Logs;
using Cairn.Chaos.Models;
using Cairn.Format.Sidecars;

namespace Cairn.Chaos.Verification;

/// <summary>Recomputes checkpoint after checkpoint from the trainers' logs: on top of the checkpoint that its generation began from, exactly the steps that its
/// sidecar names. Pure.</summary>
internal sealed class LineageFold(IReadOnlyList<TrainerHistory> trainers)
{
    private const int FaultsMax = 5;

    private Point _base = new(ModelState.Initial(), NoSteps(trainers));
    private Point _now = new(ModelState.Initial(), NoSteps(trainers));
    private long _generation = -1;

    /// <summary>The state that was recomputed last.</summary>
    public ModelState State => _now.State;

    /// <summary>What is wrong with the next checkpoint; empty when it equals the recomputed state bit for bit. They come in the order of generation, epoch and
    /// cut, in which they were committed.</summary>
    public IReadOnlyList<string> Check(StoredCheckpoint checkpoint)
    {
        if (checkpoint.Faults.Count > 0 || checkpoint.Sidecar is not { } sidecar)
        {
            return checkpoint.Faults;
        }

        var faults = new List<string>();
        if (sidecar.Generation != _generation)
        {
            _generation = sidecar.Generation;
            _now = _base.Copy();
            CheckResumption(faults);
        }

        if (sidecar.TornSteps.Length > 0)
        {
            faults.Add($"{sidecar.TornSteps.Length} torn steps are accepted in it, though the policy is to roll back");
        }

        foreach (TrainerHistory trainer in trainers)
        {
            GoOn(trainer, sidecar, faults);
        }

        Compare(checkpoint, sidecar, faults);
        if (checkpoint.IsWhole)
        {
            _base = _now.Copy();
        }

        return faults.Count > FaultsMax ? [.. faults.Take(FaultsMax), $"and {faults.Count - FaultsMax} more"] : faults;
    }

    private static Dictionary<string, long> NoSteps(IReadOnlyList<TrainerHistory> trainers) => trainers.ToDictionary(trainer => trainer.Name, _ => -1L);

    /// <summary>A generation goes on where its base ends: what each session is told when it first joins.</summary>
    private void CheckResumption(List<string> faults)
    {
        foreach (TrainerHistory trainer in trainers)
        {
            if (trainer.FirstJoin(_generation) is { } told && told != _now.Steps[trainer.Name])
            {
                faults.Add($"{trainer.Name} was told to go on after step {told} in generation {_generation}, whose base has step {_now.Steps[trainer.Name]}");
            }
        }
    }

    private void GoOn(TrainerHistory trainer, Sidecar sidecar, List<string> faults)
    {
        long done = _now.Steps[trainer.Name];
        long named = sidecar.Sessions.FirstOrDefault(session => session.Name == trainer.Name)?.Step ?? -1;
        if (named < done)
        {
            faults.Add($"the sidecar names step {named} of {trainer.Name}, an older checkpoint of the generation, or its base, has step {done}");
            return;
        }

        for (long step = done + 1; step <= named; step++)
        {
            StepTry? logged = trainer.Find(_generation, step, out string? fault);
            if (fault is not null)
            {
                faults.Add(fault);
            }

            foreach (LoggedUpdate update in logged?.Updates ?? [])
            {
                _now.State.Apply(trainer.Index, update);
            }
        }

        _now.Steps[trainer.Name] = named;
    }

    private void Compare(StoredCheckpoint checkpoint, Sidecar sidecar, List<string> faults)
    {
        if (checkpoint.IsWhole && _now.State.Names.FirstOrDefault(name => !checkpoint.Tensors.ContainsKey(name)) is { } missing)
        {
            faults.Add($"'{missing}' is not in it");
        }

        foreach ((string name, ReadOnlyMemory<byte> bytes) in checkpoint.Tensors)
        {
            ReadOnlySpan<byte> expected = _now.State.Bytes(name);
            if (!expected.SequenceEqual(bytes.Span))
            {
                int same = expected.CommonPrefixLength(bytes.Span);
                faults.Add($"'{name}' differs from the logs at byte {same} of {expected.Length}");
            }
        }

        foreach (SidecarAverage average in sidecar.Averages.Where(average => average.NumUpdates != _now.State.CountOf(average.Variable)))
        {
            faults.Add($"the average of '{average.Variable}' has {average.NumUpdates?.ToString() ?? "no"} updates, by the logs "
                + $"{_now.State.CountOf(average.Variable)?.ToString() ?? "none"}");
        }
    }

    private sealed record Point(ModelState State, Dictionary<string, long> Steps)
    {
        public Point Copy() => new(State.Clone(), new Dictionary<string, long>(Steps));
    }
}
