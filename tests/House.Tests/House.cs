namespace Cairn.House.Tests;

internal static class House
{
    /// <summary>The folder that holds Distributed.sln.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "Distributed.sln"))
            ? folder
            : FindRoot(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Distributed.sln is in no folder above the tests."));
}
