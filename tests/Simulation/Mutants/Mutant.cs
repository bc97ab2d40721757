namespace Cairn.Simulation.Mutants;

/// <summary>A fault that is planted in the rules: one change of the text of one file of src/Grains.</summary>
/// <param name="Name">What is wrong then.</param>
/// <param name="Holds">Which invariant it breaks, or which rule of docs/protocol.md it takes away.</param>
/// <param name="File">The file, below src/Grains.</param>
/// <param name="Find">What stands there, exactly once.</param>
/// <param name="Replace">What is put in its place.</param>
internal sealed record Mutant(string Name, string Holds, string File, string Find, string Replace);
