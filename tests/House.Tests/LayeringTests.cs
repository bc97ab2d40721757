using System.Xml.Linq;

namespace Cairn.House.Tests;

/// <summary>Projects point one way (docs/architecture.md). An assembly's own list lacks unused references, so the .csproj is read.</summary>
public sealed class LayeringTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Format"] = [],
        ["Storage"] = ["Format"],
        ["Contracts"] = ["Format"],
        ["Grains"] = ["Contracts", "Format"],
        ["Client"] = ["Contracts", "Format"],
        ["Silo"] = ["Grains", "Storage", "Contracts", "Format"],
        ["Cli"] = ["Client", "Storage", "Format"],
    };

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Path.Combine(House.Root, "src")).Select(folder => Path.GetFileName(folder))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ReferencesOnlyWhatItMay(string project)
    {
        string file = Path.Combine(House.Root, "src", project, project + ".csproj");
        Assert.True(Allowed.TryGetValue(project, out string[]? allowed), $"src/{project} is a new project: say in this test what it may reference.");

        IEnumerable<string> references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.Empty(references.Except(allowed));
    }

    [Theory]
    [InlineData("Format", "Google.Protobuf", "Grpc.Tools", "Snappier")]
    [InlineData("Storage", "Azure.Identity", "Azure.Storage.Blobs")]
    [InlineData("Contracts", "Microsoft.Orleans.Sdk")]
    public void Project_UsesOnlyThePackagesItMay(string project, params string[] allowed)
    {
        IEnumerable<string> packages = XDocument.Load(Path.Combine(House.Root, "src", project, project + ".csproj"))
            .Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value);

        Assert.Empty(packages.Except(allowed));
    }

    [Theory]
    [InlineData("src/Format", "using Orleans", "using Azure", "Orleans.", "Azure.Storage")]
    [InlineData("src/Storage", "using Orleans", "Orleans.Runtime")]
    [InlineData("src/Client", "Cairn.Format.Tables", "Cairn.Storage", "Cairn.Grains")]
    [InlineData("src/Grains/Coordination", "Grains.Variables", "PagePool", "PageTable")]
    [InlineData("src/Grains/Variables", "Grains.Coordination", "BundleIndexWriter")]
    public void Source_NeverNames(string folder, params string[] banned)
    {
        string path = Path.Combine(House.Root, folder);
        IEnumerable<string> faults =
            from file in Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories)
            where !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)
            from line in File.ReadLines(file).Select((text, index) => (text, number: index + 1))
            where !line.text.TrimStart().StartsWith("//", StringComparison.Ordinal)
            from word in banned
            where line.text.Contains(word, StringComparison.Ordinal)
            select $"{Path.GetRelativePath(House.Root, file)}:{line.number} names {word}";

        Assert.Empty(faults);
    }
}
