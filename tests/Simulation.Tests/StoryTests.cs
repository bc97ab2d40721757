using Cairn.Simulation.Runs;
using Cairn.Simulation.Stories;

namespace Cairn.Simulation.Tests;

/// <summary>The protocol under stories that nobody has told before, and the promise that any of them can be told again.</summary>
public sealed class StoryTests
{
    [Fact]
    public void RecordedSeeds_WhateverHappensInThem_BreakNoInvariant()
    {
        for (ulong seed = 500_000; seed < 500_200; seed++)
        {
            Verdict verdict = Schedules.Tell(seed, null);

            Assert.True(verdict.Violations.Count == 0, $"seed {seed}: {string.Join("; ", verdict.Violations)}");
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Story_ToldTwice_IsTheSame(int seed)
    {
        Verdict first = Schedules.Tell((ulong)seed, null);
        Verdict second = Schedules.Tell((ulong)seed, null);

        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(first.Happened, second.Happened);
        Assert.Equal(first.Violations, second.Violations);
    }

    [Fact]
    public void Story_WrittenDown_SaysWhatIsDoneAndWhatIsSaved()
    {
        using StringWriter output = new();

        Schedules.Tell(7, output);

        Assert.Contains("seed 7:", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("== Write _cairn/models/m", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("digest ", output.ToString(), StringComparison.Ordinal);
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];
}
