using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>A store that is unavailable for what a test says, as long as it says so.</summary>
internal sealed class UnreliableStore : IBlobStore
{
    private readonly MemoryBlobStore _store = new();
    private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads of these names fail.</summary>
    public Func<string, bool> RefusesRead { get; set; } = _ => false;

    /// <summary>Writes of these names fail, and nothing is written.</summary>
    public Func<string, bool> RefusesWrite { get; set; } = _ => false;

    /// <summary>Writes of these names are made, but their answers are lost.</summary>
    public Func<string, bool> LosesAnswer { get; set; } = _ => false;

    /// <summary>Ends at the first fault.</summary>
    public Task Refused => _refused.Task;

    public string Address => _store.Address;

    public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        _store.TryGetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken) =>
        RefusesRead(name) ? throw Fault(name) : _store.TryReadAsync(name, lengthBytesMax, cancellationToken);

    public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken) =>
        RefusesRead(name) ? throw Fault(name) : _store.ReadAsync(name, offsetBytes, destination, expected, cancellationToken);

    public async ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken)
    {
        if (RefusesWrite(name))
        {
            throw Fault(name);
        }

        bool isLost = LosesAnswer(name);
        BlobETag? written = await _store.TryWriteAsync(name, bytes, condition, cancellationToken);
        return isLost ? throw Fault(name) : written;
    }

    public ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken) =>
        _store.BeginUploadAsync(name, attempt, cancellationToken);

    public ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
        _store.TryCopyAsync(source, sourceETag, destination, condition, cancellationToken);

    public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) =>
        _store.DeleteAsync(name, expected, cancellationToken);

    public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken) => _store.ListAsync(prefix, cancellationToken);

    private CheckpointException Fault(string name)
    {
        _refused.TrySetResult();
        return new CheckpointException(CheckpointError.StoreUnavailable, $"'{name}' is not to be had just now.");
    }
}
