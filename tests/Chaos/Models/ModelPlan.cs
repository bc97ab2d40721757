using System.Collections.Immutable;

namespace Cairn.Chaos.Models;

/// <summary>The model that is trained: 64 variables, a dozen for each of four trainers and 16 that they share. Some are cut into shards; some are too
/// large for a grain call and go over HTTP.</summary>
internal static class ModelPlan
{
    public const string Name = "chaos";
    public const int TrainerCount = 4;

    /// <summary>The folder of the store that all checkpoints lie in.</summary>
    public const string Folder = "runs";

    /// <summary>The decay of all averages; trainers with an odd index count updates besides.</summary>
    public const float Decay = 0.9f;

    private const int OwnedEach = 12;
    private const int SharedCount = 16;
    private const int BeyondGrainCallElements = 17_000; // 68,000 bytes of float32; 64 KiB ride a grain call.

    public static ImmutableArray<PlannedVariable> Variables { get; } =
    [
        .. Enumerable.Range(0, TrainerCount).SelectMany(owner => Enumerable.Range(0, OwnedEach).Select(i => Owned(owner, i))),
        .. Enumerable.Range(0, SharedCount).Select(Shared),
    ];

    public static string TrainerName(int index) => $"trainer-{index}";

    /// <summary>Whether the averages of a trainer count their updates, so that the decay grows with the count.</summary>
    public static bool CountsUpdates(int trainer) => trainer % 2 == 1;

    private static PlannedVariable Owned(int owner, int i) => i switch
    {
        0 => new($"owned-{owner}/partitioned", PlannedKind.Owned, owner, 1800, 3, owner + 1),
        1 when owner < 2 => new($"owned-{owner}/wide", PlannedKind.Owned, owner, BeyondGrainCallElements, 1, -owner),
        2 => new($"owned-{owner}/halves", PlannedKind.Owned, owner, 401, 2, 0),
        _ => new($"owned-{owner}/w{i:D2}", PlannedKind.Owned, owner, 16 << (i % 6), 1, i),
    };

    private static PlannedVariable Shared(int i) => i switch
    {
        0 => new("shared/partitioned", PlannedKind.SharedFloats, -1, 2001, 4, 0),
        1 => new("shared/wide", PlannedKind.SharedFloats, -1, BeyondGrainCallElements, 1, 1),
        8 => new("shared/longs", PlannedKind.SharedLongs, -1, 900, 3, 0),
        < 8 => new($"shared/f{i:D2}", PlannedKind.SharedFloats, -1, 32 << (i % 4), 1, i),
        _ => new($"shared/i{i:D2}", PlannedKind.SharedLongs, -1, 16 << (i % 4), 1, i),
    };
}
