using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Storage.Local;

/// <summary>A folder of the local disk as a store. Its conditions hold between all processes of one machine; docs/decisions/storage-port.md says how.</summary>
/// <remarks>A blob cannot have the name of a folder of other blobs (<c>a</c> beside <c>a/b</c>): that is
/// <see cref="CheckpointError.InvalidArgument"/>.</remarks>
public sealed class LocalBlobStore : IBlobStore
{
    private readonly LocalPaths _paths;
    private readonly TimeProvider _time;
    private readonly bool _dropsWrittenFromCache;
    private readonly ConcurrentDictionary<string, bool> _sweptFolders = new();

    /// <summary>Opens the store below <paramref name="root"/>, which the first write makes if need be.</summary>
    public LocalBlobStore(string root, LocalBlobStoreOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        options ??= new LocalBlobStoreOptions();
        _paths = new LocalPaths(root, options.FollowsLinksOutside);
        _time = options.Time;
        _dropsWrittenFromCache = options.DropsWrittenFromCache;
        if (File.Exists(_paths.Root))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{_paths.Root}' is a file; a store is a folder.");
        }
    }

    /// <inheritdoc/>
    public string Address => _paths.Root;

    /// <inheritdoc/>
    public async ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken)
    {
        string path = Enter(name, cancellationToken);
        FileStamp? found = await LocalFaults.RunAsync(path, () => FileStamp.TryOf(path)).ConfigureAwait(false);
        return found is { } stamp ? new BlobProperties(name, stamp.LengthBytes, stamp.ETag, stamp.Modified) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken)
    {
        string path = Enter(name, cancellationToken);
        using SafeFileHandle? handle = await LocalFaults.RunAsync(path, () => TryOpen(path)).ConfigureAwait(false);
        if (handle is null)
        {
            return null;
        }

        FileStamp stamp = FileStamp.Of(handle);
        if (stamp.LengthBytes > lengthBytesMax)
        {
            throw BlobFaults.TooLong(Address, name, stamp.LengthBytes, lengthBytesMax);
        }

        byte[] bytes = new byte[stamp.LengthBytes];
        await FillAsync(handle, name, 0, bytes, cancellationToken).ConfigureAwait(false);
        return new BlobContent(bytes, stamp.ETag);
    }

    /// <inheritdoc/>
    public async ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken)
    {
        string path = Enter(name, cancellationToken);
        if (offsetBytes < 0)
        {
            throw BlobFaults.NegativeOffset(name, offsetBytes);
        }

        using SafeFileHandle handle = await LocalFaults.RunAsync(path, () => TryOpen(path)).ConfigureAwait(false) ?? throw BlobFaults.NotFound(Address, name);
        FileStamp stamp = FileStamp.Of(handle);
        if (expected is { } etag && etag != stamp.ETag)
        {
            throw BlobFaults.Superseded(Address, name, etag);
        }

        if (offsetBytes > stamp.LengthBytes - destination.Length)
        {
            throw BlobFaults.PastTheEnd(Address, name, offsetBytes, destination.Length, stamp.LengthBytes);
        }

        await FillAsync(handle, name, offsetBytes, destination, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken)
    {
        string path = Enter(name, cancellationToken);
        using TemporaryFile file = await CreateAsync(path, Guid.NewGuid()).ConfigureAwait(false);
        try
        {
            await RandomAccess.WriteAsync(file.Handle, bytes, 0, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (LocalFaults.IsFileFault(fault))
        {
            throw LocalFaults.Translate(path, fault);
        }

        return await PublishAsync(file, path, bytes.Length, condition, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken)
    {
        string path = Enter(name, cancellationToken);
        return new LocalBlobUpload(this, name, path, await CreateAsync(path, attempt).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken)
    {
        string from = Enter(source, cancellationToken);
        string to = _paths.OfBlob(destination);
        using TemporaryFile file = await CreateAsync(to, Guid.NewGuid()).ConfigureAwait(false);

        // The system copies by name (and shares blocks where it can), so the name is looked at before and after: ETags never come back.
        CheckSource(source, from, sourceETag);
        long lengthBytes = await LocalFaults.RunAsync(to, () => file.FillFrom(from)).ConfigureAwait(false);
        CheckSource(source, from, sourceETag);
        return await PublishAsync(file, to, lengthBytes, condition, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken)
    {
        string path = Enter(name, cancellationToken);
        string folder = Path.GetDirectoryName(path)!;
        if (await LocalFaults.RunAsync(path, () => FileStamp.TryOf(path)).ConfigureAwait(false) is null)
        {
            return BlobDeletion.Absent;
        }

        using FolderLock folderLock = await LockAsync(path, folder, cancellationToken).ConfigureAwait(false);
        return await LocalFaults.RunAsync(path, () =>
        {
            if (FileStamp.TryOf(path) is not { } stamp)
            {
                return BlobDeletion.Absent;
            }

            if (expected is { } etag && etag != stamp.ETag)
            {
                return BlobDeletion.Changed;
            }

            File.Delete(path);
            folderLock.Release();
            Folders.Flush(folder);
            return BlobDeletion.Deleted;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobProperties> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckPrefix(prefix);
        using IEnumerator<BlobProperties> blobs = new LocalListing(_paths).Of(prefix).GetEnumerator();
        while (await LocalFaults.RunAsync(Address, () => blobs.MoveNext()).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return blobs.Current;
        }
    }

    /// <summary>Gives a written file its name, durably, if <paramref name="condition"/> holds.</summary>
    internal async ValueTask<BlobETag?> PublishAsync(
        TemporaryFile file, string path, long lengthBytes, BlobCondition condition, CancellationToken cancellationToken)
    {
        string folder = Path.GetDirectoryName(path)!;
        await LocalFaults.RunAsync(path, () => file.Seal(lengthBytes)).ConfigureAwait(false);
        using FolderLock folderLock = await LockAsync(path, folder, cancellationToken).ConfigureAwait(false);

        // Not cancelled half-way: from here the answer is what happened.
        return await LocalFaults.RunAsync(path, () =>
        {
            BlobETag? etag = file.TryPublish(path, condition);
            if (_dropsWrittenFromCache)
            {
                Unix.DropFromCache(file.Handle);
            }

            folderLock.Release();
            if (etag is not null)
            {
                Folders.Flush(folder);
            }

            return etag;
        }).ConfigureAwait(false);
    }

    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            // Looked at first: opening a pipe would wait for its writer.
            return FileStamp.TryOf(path) is null ? null
                : File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static async ValueTask<FolderLock> LockAsync(string path, string folder, CancellationToken cancellationToken)
    {
        try
        {
            return await FolderLock.AcquireAsync(folder, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (LocalFaults.IsFileFault(fault))
        {
            throw LocalFaults.Translate(path, fault);
        }
    }

    private string Enter(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _paths.OfBlob(name);
    }

    private Task<TemporaryFile> CreateAsync(string path, Guid attempt) => LocalFaults.RunAsync(path, () =>
    {
        string folder = Path.GetDirectoryName(path)!;
        if (_sweptFolders.TryAdd(folder, true))
        {
            TemporaryFile.Sweep(folder, _time);
        }

        return TemporaryFile.Create(folder, attempt, _time);
    });

    private void CheckSource(string source, string path, BlobETag expected)
    {
        FileStamp stamp = FileStamp.TryOf(path) ?? throw BlobFaults.NotFound(Address, source);
        if (stamp.ETag != expected)
        {
            throw BlobFaults.Superseded(Address, source, expected);
        }
    }

    private async ValueTask FillAsync(SafeFileHandle handle, string name, long offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            for (int filled = 0; filled < destination.Length;)
            {
                int count = await RandomAccess.ReadAsync(handle, destination[filled..], offsetBytes + filled, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    throw BlobFaults.PastTheEnd(Address, name, offsetBytes, destination.Length, offsetBytes + filled);
                }

                filled += count;
            }
        }
        catch (Exception fault) when (LocalFaults.IsFileFault(fault))
        {
            throw LocalFaults.Translate($"{Address}/{name}", fault);
        }
    }
}
