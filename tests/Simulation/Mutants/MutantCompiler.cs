using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Cairn.Simulation.Mutants;

/// <summary>Compiles src/Grains with one change. What the source generators have made of it is taken from the build of this program; only Orleans' serializers
/// are left out, which no story needs.</summary>
internal sealed class MutantCompiler
{
    private readonly string _root;
    private readonly ImmutableDictionary<string, SyntaxTree> _trees;
    private readonly CSharpCompilation _compilation;

    private MutantCompiler(string root, ImmutableDictionary<string, SyntaxTree> trees, CSharpCompilation compilation) =>
        (_root, _trees, _compilation) = (root, trees, compilation);

    /// <summary>Reads the sources.</summary>
    /// <exception cref="DirectoryNotFoundException">This program does not run below a clone of the repository that has been built.</exception>
    public static MutantCompiler Open()
    {
        string root = Path.Combine(FindRoot(AppContext.BaseDirectory), "src", "Grains");
        string made = Path.Combine(root, "obj", AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0");
        CSharpParseOptions parse = new(LanguageVersion.Latest);
        ImmutableDictionary<string, SyntaxTree> trees = Files(root, made)
            .ToImmutableDictionary(file => file, file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), parse, file));
        CSharpCompilationOptions options = new(
            OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
        string[] all = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        IEnumerable<MetadataReference> references = all
            .Where(path => Path.GetFileName(path) is not ("Cairn.Grains.dll" or "Cairn.Simulation.dll"))
            .Select(path => MetadataReference.CreateFromFile(path));
        return new MutantCompiler(root, trees, CSharpCompilation.Create("Cairn.Grains", trees.Values, references, options));
    }

    /// <summary>The assembly with a mutant in it; null, with the reason, when it cannot be planted.</summary>
    public byte[]? Compile(Mutant? mutant, out string? fault)
    {
        CSharpCompilation compilation = _compilation;
        fault = null;
        if (mutant is not null)
        {
            string path = Path.Combine(_root, mutant.File);
            if (!_trees.TryGetValue(path, out SyntaxTree? tree))
            {
                fault = $"{mutant.File} is not there any more";
                return null;
            }

            string text = tree.GetText().ToString();
            int found = text.Split(mutant.Find).Length - 1;
            if (found != 1)
            {
                fault = $"'{mutant.Find}' is {found} times in {mutant.File}";
                return null;
            }

            SyntaxTree changed = CSharpSyntaxTree.ParseText(text.Replace(mutant.Find, mutant.Replace, StringComparison.Ordinal), (CSharpParseOptions)tree.Options, path);
            compilation = compilation.ReplaceSyntaxTree(tree, changed);
        }

        using MemoryStream assembly = new();
        Microsoft.CodeAnalysis.Emit.EmitResult result = compilation.Emit(assembly);
        if (!result.Success)
        {
            fault = "it does not compile: " + string.Join("; ", result.Diagnostics.Where(one => one.Severity == DiagnosticSeverity.Error).Take(3));
            return null;
        }

        return assembly.ToArray();
    }

    private static IEnumerable<string> Files(string root, string made)
    {
        string[] outside = [Path.Combine(root, "obj"), Path.Combine(root, "bin")];
        IEnumerable<string> written = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !outside.Any(folder => file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)));
        IEnumerable<string> generated = Directory.EnumerateFiles(made, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("Orleans.CodeGenerator", StringComparison.Ordinal));
        return written.Concat(generated).Order(StringComparer.Ordinal);
    }

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "Distributed.sln"))
            ? folder
            : FindRoot(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Distributed.sln is in no folder above this program."));
}
