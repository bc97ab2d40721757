using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Tests.Records;

internal static class RecordSamples
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly AbandonedStep Tear = new("worker-0", Guid.Empty, 40, new SaveStamp(2, 8, 0));

    /// <summary>A record with something in every member.</summary>
    public static CoordinatorRecord Full { get; } = CoordinatorRecord.Create("ranker", "cluster") with
    {
        Writer = Guid.Parse("11111111-2222-3333-4444-555555555555"),
        Revision = 7,
        Generation = 3,
        Epoch = 9,
        Definition = new DefinitionAddress("_cairn/definitions/ab", "ab"),
        Base = new RestorePlan(
            new RestorePlanStep("m/c-1", "cd", [new TensorBinding("key", "variable", TensorPart.Shadow)], new SaveStamp(2, 8, 1), [Tear]),
            [new RestorePlanStep("other/c", "ef", [], null, [])]),
        Lineage = [new SaveStamp(1, long.MaxValue, long.MaxValue), new SaveStamp(2, 8, 1)],
        Attempt = new SaveAttempt(
            Guid.Parse("aaaaaaaa-2222-3333-4444-555555555555"),
            Guid.Parse("bbbbbbbb-2222-3333-4444-555555555555"),
            "m/ü \"c\"",
            AttemptKind.Replace,
            AttemptPhase.Replacing,
            new SaveStamp(3, 9, 2),
            true,
            [],
            At,
            [new AttemptFile(AttemptFileKind.Data, "m/d", "_cairn/staging/d", new BlobETag("\"0x1\""), null, new BlobETag("2"), 5)],
            new AttemptIndex(null, "12", 34, new BlobETag("3")),
            [new FileWriting("m/old", new BlobETag("4"))],
            [new AttemptState("m/checkpoint", null, new BlobETag("5"))],
            new AttemptSaver("checkpoint", 5, 10000),
            At),
        Broken = [new BrokenPrefix("m/b", Guid.Empty, "why")],
        Deletions = [new Deletion("m/c-0", new BlobETag("6"), [new FileWriting("m/x", null)], At)],
        Requests = [new RequestOutcome(Guid.Empty, RequestKind.Restore, "m/c-1", 3, CheckpointError.Aborted, "cause", At)],
        Savers =
        [
            new SaverHistory(
                "m/", "checkpoint", double.PositiveInfinity, [new KeptCheckpoint("m/c-1", 1.5)], [new KeptCheckpoint("m/c-0", double.PositiveInfinity)]),
        ],
        Folders = ["m/", ""],
        Pins = ["m/c-1"],
        Tears = [Tear],
        Endings = [Tear with { Step = 41 }],
        Held = "why",
        Sessions = [new KnownSession("worker-0", Guid.Empty, 41)],
    };
}
