using System.Runtime.CompilerServices;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Stores;

/// <summary>The store as one process reaches it: an operation takes effect some time after it was asked for, and its answer comes later still. What was
/// asked for takes effect although the process has died or was stopped meanwhile.</summary>
internal sealed class StoreHandle(Pump pump, SimStore store, Party party, ulong seed) : IBlobStore
{
    private readonly Dictionary<ulong, int> _counts = [];

    /// <summary>How the store behaves towards this process.</summary>
    public StoreTemper Temper { get; set; } = StoreTemper.Calm;

    /// <summary>What the next write says, for those who look at the store.</summary>
    public object? Meaning { get; set; }

    /// <summary>Who sees every operation.</summary>
    public IStoreWatch? Watch { get; set; }

    /// <inheritdoc/>
    public string Address => "sim";

    /// <inheritdoc/>
    public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        new(AskAsync(StoreEffect.Read, name, cancellationToken, () => store.Find(name)?.Properties(name)));

    /// <inheritdoc/>
    public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken) =>
        new(AskAsync(StoreEffect.Read, name, cancellationToken, () => store.Find(name) is { } blob ? new BlobContent(blob.Bytes, blob.ETag) : null));

    /// <inheritdoc/>
    public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken) =>
        new(AskAsync(StoreEffect.Read, name, cancellationToken, () =>
        {
            StoredBlob blob = store.Find(name) ?? throw Fault(CheckpointError.NotFound, name, "is not there");
            if (expected is { } etag && etag != blob.ETag)
            {
                throw Fault(CheckpointError.Superseded, name, $"is another writing than {etag}");
            }

            if (offsetBytes > blob.Bytes.Length - destination.Length)
            {
                throw Fault(CheckpointError.Corrupt, name, "ends before the range");
            }

            blob.Bytes.AsMemory((int)offsetBytes, destination.Length).CopyTo(destination);
            return true;
        }));

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken)
    {
        byte[] copy = bytes.ToArray();
        (object? meaning, Meaning) = (Meaning, null);
        return new(AskAsync(StoreEffect.Write, name, cancellationToken, () => store.TryPut(party, StoreEffect.Write, name, copy, condition, meaning)));
    }

    /// <inheritdoc/>
    public ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken) => new(new Upload(this, name));

    /// <inheritdoc/>
    public ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
        new(AskAsync(StoreEffect.Copy, destination, cancellationToken, () =>
        {
            StoredBlob blob = store.Find(source) ?? throw Fault(CheckpointError.NotFound, source, "is not there");
            return blob.ETag == sourceETag
                ? store.TryPut(party, StoreEffect.Copy, destination, blob.Bytes, condition)
                : throw Fault(CheckpointError.Superseded, source, $"is another writing than {sourceETag}");
        }));

    /// <inheritdoc/>
    public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) =>
        new(AskAsync(StoreEffect.Delete, name, cancellationToken, () => store.Delete(party, name, expected)));

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobProperties> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (BlobProperties blob in await AskAsync(StoreEffect.Read, prefix, cancellationToken, () => store.List(prefix)).ConfigureAwait(false))
        {
            yield return blob;
        }
    }

    private static CheckpointException Fault(CheckpointError error, string name, string reason) => new(error, $"'{name}' in the store {reason}.");

    private Task<T> AskAsync<T>(StoreEffect effect, string name, CancellationToken cancellationToken, Func<T> act)
    {
        TaskCompletionSource<T> answer = new();
        if (cancellationToken.IsCancellationRequested || !pump.IsHere(name))
        {
            answer.SetCanceled(cancellationToken.IsCancellationRequested ? cancellationToken : new CancellationToken(true));
            return answer.Task;
        }

        ulong hash = Chance.Mix(seed, party.Hash, Chance.Of(name), (ulong)effect);
        int count = _counts[hash] = _counts.GetValueOrDefault(hash) + 1;
        StoreFate fate = Temper.Of(Chance.Mix(hash, (ulong)count), effect);
        fate = Watch?.Asks(party, effect, name, fate) ?? fate;
        if (cancellationToken.CanBeCanceled)
        {
            cancellationToken.Register(() => Party.Bare(() => answer.TrySetCanceled(cancellationToken)));
        }

        pump.After(fate.EffectTicks, null, () => TakeEffect(effect, name, act, fate, answer));
        return answer.Task;
    }

    private void TakeEffect<T>(StoreEffect effect, string name, Func<T> act, StoreFate fate, TaskCompletionSource<T> answer)
    {
        T result = default!;
        Exception? fault = null;
        if (fate.FailsBefore)
        {
            fault = Fault(CheckpointError.StoreUnavailable, name, "could not be reached");
        }
        else
        {
            if (Watch?.TakesEffect(party, effect, name) == false)
            {
                return;
            }

            try
            {
                result = act();
            }
            catch (CheckpointException refused)
            {
                fault = refused;
            }

            if (fate.FailsAfter && fault is null)
            {
                fault = Fault(CheckpointError.StoreUnavailable, name, "gave no answer");
                Watch?.LosesAnswer(party, effect, name);
            }
        }

        pump.After(fate.AnswerTicks, party, () =>
        {
            if (fault is null)
            {
                answer.TrySetResult(result);
            }
            else
            {
                answer.TrySetException(fault);
            }
        });
    }

    private sealed class Upload(StoreHandle handle, string name) : IBlobUpload
    {
        private readonly SortedDictionary<int, byte[]> _blocks = [];

        public async ValueTask StageAsync(int ordinal, long offsetBytes, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
        {
            byte[] copy = block.ToArray();
            await handle.AskAsync(StoreEffect.Stage, name, cancellationToken, () => _blocks[ordinal] = copy).ConfigureAwait(false);
        }

        public async ValueTask<BlobETag?> TryCommitAsync(BlobCondition condition, CancellationToken cancellationToken) =>
            await handle.AskAsync(StoreEffect.Commit, name, cancellationToken, () =>
            {
                if (handle.Watch?.LosesBlocks(handle.Own, name) == true)
                {
                    throw Fault(CheckpointError.Aborted, name, "has lost staged blocks");
                }

                byte[] whole = _blocks.Values.SelectMany(block => block).ToArray();
                return handle.Store.TryPut(handle.Own, StoreEffect.Commit, name, whole, condition);
            }).ConfigureAwait(false);

        public ValueTask DisposeAsync() => default;
    }

    private Party Own => party;

    private SimStore Store => store;
}
