using Cairn.Format.Blobs;
using Cairn.Storage.AzureBlobs;
using Cairn.Testing.Servers;

namespace Cairn.Storage.Tests.AzureBlobs;

[Collection(AzuriteCollection.Name)]
public sealed class AzureBlobStoreContractTests : BlobStoreContract
{
    public AzureBlobStoreContractTests(AzuriteFixture azurite)
    {
        string container = $"test-{Guid.NewGuid():N}";
        Store = AzureBlobStore.FromConnectionString(azurite.ConnectionString, container);
        SecondStore = AzureBlobStore.FromConnectionString(azurite.ConnectionString, container);
    }

    protected override IBlobStore Store { get; }

    protected override IBlobStore SecondStore { get; }

    protected override int Writers => 4;

    protected override int Rounds => 5;
}
