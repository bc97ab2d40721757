using Cairn.Format.Blobs;

namespace Cairn.Grains.Tests.Commits;

/// <summary>A store in which one operation waits until it is told to go on; later ones pass.</summary>
internal sealed class PausingBlobStore(IBlobStore store) : IBlobStore
{
    private readonly TaskCompletionSource _paused = new();
    private readonly TaskCompletionSource _goOn = new();
    private int _left = int.MaxValue;

    public string Address => store.Address;

    /// <summary>The operation, counted from now and from 1, that waits.</summary>
    public void PauseAt(int operation) => _left = operation;

    /// <summary>True once the operation waits, false when the work ends without it.</summary>
    public async Task<bool> PausedAsync(Task work) => await Task.WhenAny(_paused.Task, work).WaitAsync(TimeSpan.FromSeconds(60)) == _paused.Task;

    public void GoOn() => _goOn.TrySetResult();

    public async ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken)
    {
        await PassAsync();
        return await store.TryGetPropertiesAsync(name, cancellationToken);
    }

    public async ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken)
    {
        await PassAsync();
        return await store.TryReadAsync(name, lengthBytesMax, cancellationToken);
    }

    public async ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken)
    {
        await PassAsync();
        await store.ReadAsync(name, offsetBytes, destination, expected, cancellationToken);
    }

    public async ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken)
    {
        await PassAsync();
        return await store.TryWriteAsync(name, bytes, condition, cancellationToken);
    }

    public async ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken)
    {
        await PassAsync();
        return await store.BeginUploadAsync(name, attempt, cancellationToken);
    }

    public async ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken)
    {
        await PassAsync();
        return await store.TryCopyAsync(source, sourceETag, destination, condition, cancellationToken);
    }

    public async ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken)
    {
        await PassAsync();
        return await store.DeleteAsync(name, expected, cancellationToken);
    }

    public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

    private async Task PassAsync()
    {
        if (Interlocked.Decrement(ref _left) == 0)
        {
            _paused.TrySetResult();
            await _goOn.Task;
        }
    }
}
