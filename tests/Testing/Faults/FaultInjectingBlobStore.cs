using System.Runtime.CompilerServices;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Testing.Faults;

/// <summary>Any store, in which the n-th operation goes wrong. Operations are counted from 1 over the store and its uploads; run once with
/// <see cref="FaultMode.None"/> to learn how many there are.</summary>
/// <param name="store">The store that does the work.</param>
/// <param name="faultAt">The operation at which it happens; later ones are sound again, unless the process died.</param>
/// <param name="mode">What happens.</param>
public sealed class FaultInjectingBlobStore(IBlobStore store, int faultAt, FaultMode mode) : IBlobStore
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _continue = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<string> _operations = [];
    private bool _isDead;

    /// <inheritdoc/>
    public string Address => store.Address;

    /// <summary>What was asked of the store, in order, such as <c>TryWrite model.index</c>. The n-th operation is at n - 1.</summary>
    public IReadOnlyList<string> Operations
    {
        get
        {
            lock (_lock)
            {
                return [.. _operations];
            }
        }
    }

    /// <summary>How many operations were asked for, those of a dead process not counted.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _operations.Count;
            }
        }
    }

    /// <summary>Done when the n-th operation is asked for.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Whether the planned death has come.</summary>
    internal bool IsDead
    {
        get
        {
            lock (_lock)
            {
                return _isDead;
            }
        }
    }

    /// <summary>Ends the delay.</summary>
    public void Continue() => _continue.TrySetResult();

    /// <inheritdoc/>
    public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        RunAsync($"TryGetProperties {name}", () => store.TryGetPropertiesAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken)
    {
        (BlobContent? content, bool isFlipped) = await RunAndTellAsync(
            $"TryRead {name}", () => store.TryReadAsync(name, lengthBytesMax, cancellationToken), cancellationToken).ConfigureAwait(false);
        return isFlipped && content is not null ? content with { Bytes = Flipped(content.Bytes.ToArray()) } : content;
    }

    /// <inheritdoc/>
    public async ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken)
    {
        (_, bool isFlipped) = await RunAndTellAsync($"Read {name}", async () =>
        {
            await store.ReadAsync(name, offsetBytes, destination, expected, cancellationToken).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
        if (isFlipped)
        {
            Flipped(destination.ToArray()).CopyTo(destination);
        }
    }

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken) =>
        RunAsync($"TryWrite {name}", () => store.TryWriteAsync(name, bytes, condition, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken) =>
        new FaultInjectingBlobUpload(this, name, await RunAsync(
            $"BeginUpload {name}",
            () => store.BeginUploadAsync(name, attempt, cancellationToken), cancellationToken, isRepeatable: false).ConfigureAwait(false));

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
        RunAsync($"TryCopy {source} {destination}", () => store.TryCopyAsync(source, sourceETag, destination, condition, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) =>
        RunAsync($"Delete {name}", () => store.DeleteAsync(name, expected, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobProperties> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<BlobProperties> blobs = await RunAsync(
            $"List {prefix}", () => store.ListAsync(prefix, cancellationToken).ToListAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        foreach (BlobProperties blob in blobs)
        {
            yield return blob;
        }
    }

    /// <summary>Counts one operation, and does to it what is planned.</summary>
    internal async ValueTask<T> RunAsync<T>(string operation, Func<ValueTask<T>> act, CancellationToken cancellationToken, bool isRepeatable = true) =>
        (await RunAndTellAsync(operation, act, cancellationToken, isRepeatable).ConfigureAwait(false)).Outcome;

    private async ValueTask<(T Outcome, bool IsFlipped)> RunAndTellAsync<T>(
        string operation, Func<ValueTask<T>> act, CancellationToken cancellationToken, bool isRepeatable = true)
    {
        FaultMode fault = Enter(operation);
        T? first = default;
        switch (fault)
        {
            case FaultMode.FailBefore:
                throw Fault(CheckpointError.StoreUnavailable, operation);
            case FaultMode.StoreFull:
                throw Fault(CheckpointError.StoreFull, operation);
            case FaultMode.AccessDenied:
                throw Fault(CheckpointError.AccessDenied, operation);
            case FaultMode.DieBefore:
                throw new StoreDiedException(operation);
            case FaultMode.Delay:
                await _continue.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
                break;
            case FaultMode.Duplicate when isRepeatable:
                first = await act().ConfigureAwait(false);
                break;
        }

        T outcome = await act().ConfigureAwait(false);
        outcome = outcome is null ? first! : outcome;
        return fault switch
        {
            FaultMode.FailAfter => throw Fault(CheckpointError.StoreUnavailable, operation),
            FaultMode.DieAfter => throw new StoreDiedException(operation),
            _ => (outcome, fault == FaultMode.FlipByte),
        };
    }

    private FaultMode Enter(string operation)
    {
        lock (_lock)
        {
            if (_isDead)
            {
                throw new StoreDiedException(operation);
            }

            _operations.Add(operation);
            if (_operations.Count != faultAt)
            {
                return FaultMode.None;
            }

            _isDead = mode is FaultMode.DieBefore or FaultMode.DieAfter;
            _reached.TrySetResult();
            return mode;
        }
    }

    private static byte[] Flipped(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            bytes[bytes.Length / 2] ^= 0x10;
        }

        return bytes;
    }

    private CheckpointException Fault(CheckpointError kind, string operation) =>
        new(kind, $"{operation} in '{Address}': injected fault at operation {faultAt}.");
}
