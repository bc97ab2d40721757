using System.Runtime.CompilerServices;
using Cairn.Format.Blobs;

namespace Cairn.Storage;

/// <summary>The blobs of a store whose names begin with a prefix, seen without it: a folder of a container as a store of its own.</summary>
public sealed class PrefixedBlobStore : IBlobStore
{
    private readonly IBlobStore _store;
    private readonly string _prefix;

    /// <summary>Makes the view of the folder <paramref name="folder"/> (without its last <c>/</c>).</summary>
    public PrefixedBlobStore(IBlobStore store, string folder)
    {
        BlobName.Check(folder);
        (_store, _prefix) = (store, folder + "/");
    }

    /// <inheritdoc/>
    public string Address => $"{_store.Address}/{_prefix[..^1]}";

    /// <inheritdoc/>
    public async ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        await _store.TryGetPropertiesAsync(Inner(name), cancellationToken).ConfigureAwait(false) is { } blob ? blob with { Name = name } : null;

    /// <inheritdoc/>
    public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken) =>
        _store.TryReadAsync(Inner(name), lengthBytesMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken) =>
        _store.ReadAsync(Inner(name), offsetBytes, destination, expected, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken) =>
        _store.TryWriteAsync(Inner(name), bytes, condition, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken) =>
        _store.BeginUploadAsync(Inner(name), attempt, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
        _store.TryCopyAsync(Inner(source), sourceETag, Inner(destination), condition, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) =>
        _store.DeleteAsync(Inner(name), expected, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobProperties> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(prefix);
        await foreach (BlobProperties blob in _store.ListAsync(_prefix + prefix, cancellationToken).ConfigureAwait(false))
        {
            yield return blob with { Name = blob.Name[_prefix.Length..] };
        }
    }

    // Checked before it is joined: '/a' would be a good name behind a prefix.
    private string Inner(string name)
    {
        BlobName.Check(name);
        return _prefix + name;
    }
}
