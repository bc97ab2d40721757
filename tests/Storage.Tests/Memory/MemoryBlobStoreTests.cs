using Cairn.Format.Blobs;
using Cairn.Storage.Memory;

namespace Cairn.Storage.Tests.Memory;

public sealed class MemoryBlobStoreTests : BlobStoreContract
{
    protected override IBlobStore Store { get; } = new MemoryBlobStore();

    protected override IBlobStore SecondStore => Store;
}
