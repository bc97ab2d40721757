using Cairn.Format.Blobs;

namespace Cairn.Testing.Faults;

/// <summary>A store that does to bytes on their way what a test says; everything else passes through.</summary>
public sealed class DamagingBlobStore(IBlobStore store) : IBlobStore
{
    /// <summary>Sees each block before it is staged, with its blob and offset, and gives what is staged in its place.</summary>
    public Func<string, long, ReadOnlyMemory<byte>, ValueTask<ReadOnlyMemory<byte>>> Staging { get; set; } = (_, _, block) => new(block);

    /// <summary>Sees each range that was read, with its blob and offset, and may change it.</summary>
    public Action<string, long, Memory<byte>> Read { get; set; } = (_, _, _) => { };

    /// <inheritdoc/>
    public string Address => store.Address;

    /// <summary>One bit of these bytes is flipped in what comes back.</summary>
    public static ReadOnlyMemory<byte> Flipped(ReadOnlyMemory<byte> bytes, int at)
    {
        byte[] flipped = bytes.ToArray();
        flipped[at] ^= 0x10;
        return flipped;
    }

    /// <inheritdoc/>
    public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        store.TryGetPropertiesAsync(name, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken)
    {
        if (await store.TryReadAsync(name, lengthBytesMax, cancellationToken).ConfigureAwait(false) is not { } content)
        {
            return null;
        }

        byte[] bytes = content.Bytes.ToArray();
        Read(name, 0, bytes);
        return content with { Bytes = bytes };
    }

    /// <inheritdoc/>
    public async ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken)
    {
        await store.ReadAsync(name, offsetBytes, destination, expected, cancellationToken).ConfigureAwait(false);
        Read(name, offsetBytes, destination);
    }

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken) =>
        store.TryWriteAsync(name, bytes, condition, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken) =>
        new Upload(this, name, await store.BeginUploadAsync(name, attempt, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
        store.TryCopyAsync(source, sourceETag, destination, condition, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) =>
        store.DeleteAsync(name, expected, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

    private sealed class Upload(DamagingBlobStore owner, string name, IBlobUpload upload) : IBlobUpload
    {
        public async ValueTask StageAsync(int ordinal, long offsetBytes, ReadOnlyMemory<byte> block, CancellationToken cancellationToken) =>
            await upload.StageAsync(ordinal, offsetBytes, await owner.Staging(name, offsetBytes, block).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false);

        public ValueTask<BlobETag?> TryCommitAsync(BlobCondition condition, CancellationToken cancellationToken) =>
            upload.TryCommitAsync(condition, cancellationToken);

        public ValueTask DisposeAsync() => upload.DisposeAsync();
    }
}
