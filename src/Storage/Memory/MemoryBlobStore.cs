using System.Runtime.CompilerServices;
using Cairn.Format.Blobs;

namespace Cairn.Storage.Memory;

/// <summary>A store that lives and dies with its process: the reference model of the port, for tests and for runs that keep nothing.</summary>
public sealed class MemoryBlobStore(TimeProvider? timeProvider = null) : IBlobStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Blob> _blobs = new(StringComparer.Ordinal);
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;
    private long _writings;

    /// <inheritdoc/>
    public string Address => "memory";

    /// <inheritdoc/>
    public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken)
    {
        Enter(name, cancellationToken);
        return new(Find(name) is { } blob ? blob.Properties(name) : null);
    }

    /// <inheritdoc/>
    public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken)
    {
        Enter(name, cancellationToken);
        if (Find(name) is not { } blob)
        {
            return new((BlobContent?)null);
        }

        return blob.Bytes.Length <= lengthBytesMax
            ? new(new BlobContent(blob.Bytes.ToArray(), blob.ETag))
            : throw BlobFaults.TooLong(Address, name, blob.Bytes.Length, lengthBytesMax);
    }

    /// <inheritdoc/>
    public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken)
    {
        Enter(name, cancellationToken);
        if (offsetBytes < 0)
        {
            throw BlobFaults.NegativeOffset(name, offsetBytes);
        }

        Blob blob = Find(name) ?? throw BlobFaults.NotFound(Address, name);
        if (expected is { } etag && etag != blob.ETag)
        {
            throw BlobFaults.Superseded(Address, name, etag);
        }

        if (offsetBytes > blob.Bytes.Length - destination.Length)
        {
            throw BlobFaults.PastTheEnd(Address, name, offsetBytes, destination.Length, blob.Bytes.Length);
        }

        blob.Bytes.AsMemory((int)offsetBytes, destination.Length).CopyTo(destination);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken)
    {
        Enter(name, cancellationToken);
        return new(TryPut(name, bytes.ToArray(), condition));
    }

    /// <inheritdoc/>
    public ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken)
    {
        Enter(name, cancellationToken);
        return new(new MemoryBlobUpload(this, name));
    }

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken)
    {
        Enter(source, cancellationToken);
        BlobName.Check(destination);
        Blob blob = Find(source) ?? throw BlobFaults.NotFound(Address, source);
        return blob.ETag == sourceETag ? new(TryPut(destination, blob.Bytes, condition)) : throw BlobFaults.Superseded(Address, source, sourceETag);
    }

    /// <inheritdoc/>
    public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken)
    {
        Enter(name, cancellationToken);
        lock (_lock)
        {
            if (!_blobs.TryGetValue(name, out Blob? blob))
            {
                return new(BlobDeletion.Absent);
            }

            if (expected is { } etag && etag != blob.ETag)
            {
                return new(BlobDeletion.Changed);
            }

            _blobs.Remove(name);
            return new(BlobDeletion.Deleted);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobProperties> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(prefix);
        List<BlobProperties> found;
        lock (_lock)
        {
            found = [.. _blobs.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair => pair.Value.Properties(pair.Key))];
        }

        foreach (BlobProperties blob in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return blob;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <summary>Puts bytes that nobody will change under a name, if <paramref name="condition"/> holds.</summary>
    internal BlobETag? TryPut(string name, byte[] bytes, BlobCondition condition)
    {
        lock (_lock)
        {
            BlobETag? standing = _blobs.TryGetValue(name, out Blob? blob) ? blob.ETag : null;
            if (!condition.Holds(standing))
            {
                return null;
            }

            var etag = new BlobETag($"m{++_writings}");
            _blobs[name] = new Blob(bytes, etag, _time.GetUtcNow());
            return etag;
        }
    }

    private static void Enter(string name, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private Blob? Find(string name)
    {
        lock (_lock)
        {
            return _blobs.GetValueOrDefault(name);
        }
    }

    private sealed record Blob(byte[] Bytes, BlobETag ETag, DateTimeOffset LastModified)
    {
        public BlobProperties Properties(string name) => new(name, Bytes.Length, ETag, LastModified);
    }
}
