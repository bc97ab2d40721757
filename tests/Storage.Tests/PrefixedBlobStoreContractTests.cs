using Cairn.Format.Blobs;
using Cairn.Storage.Memory;

namespace Cairn.Storage.Tests;

public sealed class PrefixedBlobStoreContractTests : BlobStoreContract
{
    private readonly MemoryBlobStore _inner = new();

    public PrefixedBlobStoreContractTests() => Store = new PrefixedBlobStore(_inner, "p/q");

    protected override IBlobStore Store { get; }

    protected override IBlobStore SecondStore => Store;

    // What is left of the name's limit behind the prefix.
    protected override int NameLengthMax => BlobName.LengthMax - "p/q/".Length;
}
