using Cairn.Grains.Coordination.Commits;

namespace Cairn.Grains.Tests.Commits;

/// <summary>Saves that go well, then one act in which everything is tried.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Before">The saves before, each acknowledged.</param>
/// <param name="Act">The save under fire.</param>
/// <param name="Evicted">What retention removes with it, or null.</param>
/// <param name="Options">The commit options.</param>
internal sealed record Scenario(string Name, Save[] Before, Save Act, string? Evicted = null, CommitOptions? Options = null)
{
    private static readonly CommitOptions Late = new() { RetentionDelay = TimeSpan.FromMinutes(30) };

    public static Scenario[] All { get; } =
    [
        new("first save", [], new("m/c-1", "one")),
        new("second save", [new("m/c-1", "one")], new("m/c-2", "two", DataFiles: 3)),
        new("retention", [new("m/c-1", "one"), new("m/c-2", "two", MaxToKeep: 2)], new("m/c-3", "three", MaxToKeep: 2), Evicted: "m/c-1"),
        new("retention of the base", [new("m/c-1", "one", MaxToKeep: 1)], new("m/c-2", "two", MaxToKeep: 1), Evicted: "m/c-1"),
        new("retention with a delay", [new("m/c-1", "one", MaxToKeep: 1)], new("m/c-2", "two", MaxToKeep: 1), Evicted: "m/c-1", Options: Late),
        new("replace the only one", [new("m/c", "one", IsNumbered: false, DataFiles: 3)], new("m/c", "two", IsNumbered: false, DataFiles: 2)),
        new("replace with the same value", [new("m/c", "one", IsNumbered: false)], new("m/c", "one", IsNumbered: false)),
        new("replace one of two", [new("m/c-1", "one"), new("m/c", "two", IsNumbered: false)], new("m/c", "three", IsNumbered: false)),
        new("replace with overwrite", [new("m/c-1", "one"), new("m/c-2", "two")], new("m/c-1", "three", Overwrite: true, DataFiles: 1)),
        new(
            "replace what two savers name",
            [new("m/c", "one", IsNumbered: false, StateFile: "best"), new("m/c-9", "nine")],
            new("m/c", "two", IsNumbered: false)),
        new(
            "replace without a state file",
            [new("m/c", "one", IsNumbered: false), new("m/c-9", "nine", StateFile: "best")],
            new("m/c", "two", IsNumbered: false, WriteState: false)),
        new(
            "a prefix whose deletion waits is saved again",
            [new("m/c-1", "one", MaxToKeep: 1), new("m/c-2", "two", MaxToKeep: 1)],
            new("m/c-1", "three", MaxToKeep: 1, DataFiles: 3),
            Evicted: "m/c-2",
            Options: Late),
    ];

    public override string ToString() => Name;
}
