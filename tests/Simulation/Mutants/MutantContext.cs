using System.Reflection;
using System.Runtime.Loader;

namespace Cairn.Simulation.Mutants;

/// <summary>A world of assemblies in which the rules have a fault, and this program is there once more to meet it.</summary>
internal sealed class MutantContext(byte[] grains) : AssemblyLoadContext(isCollectible: false)
{
    private Assembly? _grains;

    /// <summary>This program in that world.</summary>
    public Assembly Simulation => LoadFromAssemblyPath(typeof(MutantContext).Assembly.Location);

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
    {
        "Cairn.Grains" => _grains ??= LoadFromStream(new MemoryStream(grains)),
        "Cairn.Simulation" => Simulation,
        _ => null,
    };
}
