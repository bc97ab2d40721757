using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Tests.Records;

public sealed class RecordRoomTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Fit_OfARecordThatFits_ChangesNothing() => Assert.Same(RecordSamples.Full, RecordRoom.Fit(RecordSamples.Full));

    [Fact]
    public void Fit_OfARecordThatIsTooLong_GivesUpOldOutcomesFirst_ThenOldDeletions()
    {
        RequestOutcome Outcome(int i) => new(Guid.NewGuid(), RequestKind.Save, $"m/c-{i}", 1, CheckpointError.Aborted, new string('x', 5000), Now);
        Deletion Deletion(int i) => new($"m/d-{i}", new BlobETag("1"), [new(new string('x', 5000), null)], Now);
        CoordinatorRecord record = RecordSamples.Full with
        {
            Requests = [.. Enumerable.Range(0, 1000).Select(Outcome)],
            Deletions = [.. Enumerable.Range(0, 1000).Select(Deletion)],
        };

        CoordinatorRecord fitted = RecordRoom.Fit(record);

        Assert.True(RecordCodec.Write(fitted).Length <= RecordCodec.LengthBytesMax);
        Assert.Equal("m/c-999", Assert.Single(fitted.Requests).Prefix);
        Assert.Equal("m/d-999", fitted.Deletions[^1].Prefix);
        Assert.Equal(record with { Requests = fitted.Requests, Deletions = fitted.Deletions }, fitted);
    }

    [Fact]
    public void RequireRoom_ForASaveThatTheRecordMightNotBeAbleToEnd_IsRefused_OldOutcomesAside()
    {
        string half = new('x', RecordRoom.BeginLengthBytesMax);
        RequestOutcome outcome = new(Guid.NewGuid(), RequestKind.Save, half, 1, null, null, Now);

        CheckpointException refused = Assert.Throws<CheckpointException>(() => RecordRoom.RequireRoom(RecordSamples.Full with { Folders = [half] }));

        Assert.Equal(CheckpointError.LimitExceeded, refused.Error);
        Assert.Contains("max_to_keep", refused.Message, StringComparison.Ordinal);
        RecordRoom.RequireRoom(RecordSamples.Full with { Requests = [outcome] });
    }
}
