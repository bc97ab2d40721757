using Cairn.Contracts.Checkpoints;
using Cairn.Format.Bundles;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Tests.Commits;

/// <summary>One save of a scenario: what value it writes where, and how.</summary>
internal sealed record Save(
    string Prefix,
    string Value,
    bool IsNumbered = true,
    int DataFiles = 2,
    int MaxToKeep = 5,
    bool Overwrite = false,
    string StateFile = "checkpoint",
    bool WriteState = true,
    bool WriteMeta = true,
    bool IsWhole = true)
{
    public Guid Attempt { get; private init; } = Guid.NewGuid();

    public Guid Request { get; private init; } = Guid.NewGuid();

    /// <summary>The same save as another attempt of another request.</summary>
    public Save Again() => this with { Attempt = Guid.NewGuid(), Request = Guid.NewGuid() };

    /// <summary>What is wanted, of the record's generation and epoch.</summary>
    public SaveIntent ToIntent(CoordinatorRecord record) => new(
        Attempt,
        Request,
        new CheckpointPrefix(Prefix),
        IsNumbered,
        DataFiles,
        new SaveStamp(record.Generation, record.Epoch, 1),
        IsWhole,
        [],
        new SaveOptions(MaxToKeep: MaxToKeep, WriteMeta: WriteMeta, WriteState: WriteState, StateFileName: StateFile, Overwrite: Overwrite));
}
