using System.Collections.Concurrent;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Coordination;

/// <summary>A store that is slow where a test says so.</summary>
internal sealed class GatedStore : IBlobStore
{
    private readonly MemoryBlobStore _store = new();
    private readonly ConcurrentQueue<(Func<string, bool> Holds, Gate Gate)> _gates = new();

    /// <summary>Uploads of these names are refused.</summary>
    public Func<string, bool> RefusesUpload { get; set; } = _ => false;

    public string Address => _store.Address;

    /// <summary>Holds every upload of a data file whose name begins so.</summary>
    public Gate HoldUpload(string name) => Hold($"Upload {name}");

    /// <summary>Holds every copy to this name.</summary>
    public Gate HoldCopy(string name) => Hold($"Copy {name}");

    public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        _store.TryGetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken) =>
        _store.TryReadAsync(name, lengthBytesMax, cancellationToken);

    public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken) =>
        _store.ReadAsync(name, offsetBytes, destination, expected, cancellationToken);

    public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken) =>
        _store.TryWriteAsync(name, bytes, condition, cancellationToken);

    public async ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken)
    {
        if (RefusesUpload(name))
        {
            throw new CheckpointException(CheckpointError.StoreUnavailable, $"'{name}' is not taken just now.");
        }

        await PassAsync($"Upload {name}", cancellationToken);
        return await _store.BeginUploadAsync(name, attempt, cancellationToken);
    }

    public async ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken)
    {
        await PassAsync($"Copy {destination}", cancellationToken);
        return await _store.TryCopyAsync(source, sourceETag, destination, condition, cancellationToken);
    }

    public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) =>
        _store.DeleteAsync(name, expected, cancellationToken);

    public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken) => _store.ListAsync(prefix, cancellationToken);

    private Gate Hold(string operation)
    {
        Gate gate = new();
        _gates.Enqueue((text => text.StartsWith(operation, StringComparison.Ordinal), gate));
        return gate;
    }

    private async Task PassAsync(string operation, CancellationToken cancellationToken)
    {
        foreach ((Func<string, bool> holds, Gate gate) in _gates)
        {
            if (holds(operation))
            {
                await gate.PassAsync(cancellationToken);
            }
        }
    }
}
