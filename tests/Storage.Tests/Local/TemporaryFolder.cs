namespace Cairn.Storage.Tests.Local;

/// <summary>An empty folder that goes with its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cairn-storage-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
