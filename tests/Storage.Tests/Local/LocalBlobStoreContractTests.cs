using Cairn.Format.Blobs;
using Cairn.Storage.Local;
using Cairn.Testing;

namespace Cairn.Storage.Tests.Local;

public sealed class LocalBlobStoreContractTests : BlobStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LocalBlobStoreContractTests()
    {
        Store = new LocalBlobStore(Path.Combine(_folder.Path, "store"));
        SecondStore = new LocalBlobStore(Path.Combine(_folder.Path, "store"));
    }

    protected override IBlobStore Store { get; }

    protected override IBlobStore SecondStore { get; }

    protected override int Rounds => 30;

    public void Dispose() => _folder.Dispose();
}
