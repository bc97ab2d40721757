namespace Cairn.Chaos.Nemeses;

/// <summary>One fault: what is done to whom, and for how long.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Silo">To which silo, if to one.</param>
/// <param name="Trainer">To which trainer, if to one.</param>
/// <param name="Seconds">How long it stays frozen, or away.</param>
internal sealed record FaultPlan(FaultKind Kind, int Silo, int Trainer, double Seconds)
{
    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();

    /// <summary>The next faults: every kind once, in an order of chance, then again. A frozen silo is declared dead after 10 to 13 s, a trainer's lease lasts
    /// 30 s.</summary>
    public static IEnumerable<FaultPlan> Draw(Random random, int silos, int trainers)
    {
        while (true)
        {
            random.Shuffle(Kinds);
            foreach (FaultKind kind in (FaultKind[])[.. Kinds])
            {
                (double min, double max) = kind switch
                {
                    FaultKind.FreezeSiloShort => (1, 7),
                    FaultKind.FreezeSiloLong => (20, 50),
                    FaultKind.FreezeTrainerShort => (2, 20),
                    FaultKind.FreezeTrainerLong => (35, 45),
                    _ => (0, 6),
                };
                yield return new FaultPlan(kind, random.Next(silos), random.Next(trainers), min + (random.NextDouble() * (max - min)));
            }
        }
    }

    public override string ToString() => Kind switch
    {
        FaultKind.KillSilo => $"kill -9 silo-{Silo}, back after {Seconds:0.0} s",
        FaultKind.StopSilo => $"stop silo-{Silo} gracefully, back after {Seconds:0.0} s",
        FaultKind.FreezeSiloShort or FaultKind.FreezeSiloLong => $"freeze silo-{Silo} for {Seconds:0.0} s",
        FaultKind.KillTrainer => $"kill -9 trainer-{Trainer}, back after {Seconds:0.0} s",
        FaultKind.StopTrainer => $"stop trainer-{Trainer} gracefully, back after {Seconds:0.0} s",
        FaultKind.FreezeTrainerShort or FaultKind.FreezeTrainerLong => $"freeze trainer-{Trainer} for {Seconds:0.0} s",
        _ => $"kill -9 silo-{Silo} and trainer-{Trainer} together, back after {Seconds:0.0} s",
    };
}
