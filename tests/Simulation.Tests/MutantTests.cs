using Cairn.Simulation.Mutants;

namespace Cairn.Simulation.Tests;

/// <summary>The simulator finds what it is there for: for each invariant a fault that is planted in the rules. All faults are planted by
/// <c>dotnet run -c Release --project tests/Simulation -- --mutants</c>.</summary>
public sealed class MutantTests
{
    private static readonly Lazy<MutantRun> Run = new(() => new MutantRun(1));

    [Theory(Explicit = true), MemberData(nameof(OnePerInvariant))] // Minutes each: run by --mutants.
    public void Fault_PlantedInTheRules_IsCaught(string name)
    {
        Mutant mutant = Mutants.Mutants.All.Single(one => one.Name == name);

        bool isCaught = Run.Value.Catch(mutant, out string told);

        Assert.True(isCaught, $"{name}: {told}");
    }

    [Fact]
    public void EachInvariant_HasAPlantedFault() =>
        Assert.All(Enumerable.Range(1, 7), number => Assert.Contains(Mutants.Mutants.All, mutant => mutant.Holds.Contains($"I{number}", StringComparison.Ordinal)));

    [Fact(Explicit = true)]
    public void EachFault_IsStillFoundInTheSource()
    {
        MutantCompiler compiler = MutantCompiler.Open();

        Assert.All(Mutants.Mutants.All, mutant => Assert.True(compiler.Compile(mutant, out string? fault) is not null, $"{mutant.Name}: {fault}"));
    }

    public static TheoryData<string> OnePerInvariant =>
    [
        .. from number in Enumerable.Range(1, 7)
           select Mutants.Mutants.All.First(mutant => mutant.Holds.EndsWith($"I{number}", StringComparison.Ordinal)).Name,
    ];
}
