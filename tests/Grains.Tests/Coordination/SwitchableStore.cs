using Cairn.Format.Blobs;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>A store whose faults begin in the middle of a test.</summary>
internal sealed class SwitchableStore : IBlobStore
{
    public IBlobStore Current { get; set; } = new MemoryBlobStore();

    public string Address => Current.Address;

    public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        Current.TryGetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken) =>
        Current.TryReadAsync(name, lengthBytesMax, cancellationToken);

    public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken) =>
        Current.ReadAsync(name, offsetBytes, destination, expected, cancellationToken);

    public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken) =>
        Current.TryWriteAsync(name, bytes, condition, cancellationToken);

    public ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken) =>
        Current.BeginUploadAsync(name, attempt, cancellationToken);

    public ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
        Current.TryCopyAsync(source, sourceETag, destination, condition, cancellationToken);

    public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) =>
        Current.DeleteAsync(name, expected, cancellationToken);

    public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken) => Current.ListAsync(prefix, cancellationToken);
}
