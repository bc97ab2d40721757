using Cairn.Format.Blobs;
using Orleans.Storage;

namespace Cairn.Grains.Coordination.Records;

/// <summary>The grain storage provider for records: Orleans' view of <see cref="RecordStore"/>. The grain's key is the model's name; a lost compare-and-swap
/// is an <see cref="InconsistentStateException"/>.</summary>
internal sealed class RecordGrainStorage(RecordStore store) : IGrainStorage
{
    /// <summary>The name that the provider is registered under, and that grains ask for.</summary>
    public const string ProviderName = "cairn";

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        (CoordinatorRecord Record, BlobETag ETag)? found = await store.TryReadAsync(ModelOf(grainId), CancellationToken.None);
        Of(grainState).State = new RecordState { Record = found?.Record };
        grainState.ETag = found?.ETag.Value!;
        grainState.RecordExists = found is not null;
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        CoordinatorRecord record = Of(grainState).State?.Record ?? throw new InvalidOperationException($"There is no record of '{grainId}' to write.");
        BlobETag? etag = await store.TryWriteAsync(record, ETagOf(grainState), CancellationToken.None);
        grainState.ETag = etag?.Value ?? throw Lost(grainId, grainState);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (ETagOf(grainState) is { } etag && !await store.TryDeleteAsync(ModelOf(grainId), etag, CancellationToken.None))
        {
            throw Lost(grainId, grainState);
        }

        Of(grainState).State = new RecordState();
        grainState.ETag = null!;
        grainState.RecordExists = false;
    }

    private static string ModelOf(GrainId grainId) => grainId.Key.ToString()!;

    private static BlobETag? ETagOf<T>(IGrainState<T> grainState) => grainState.ETag is { } etag ? new BlobETag(etag) : null;

    private static IGrainState<RecordState> Of<T>(IGrainState<T> grainState) => grainState as IGrainState<RecordState>
        ?? throw new InvalidOperationException($"The storage '{ProviderName}' keeps coordinators' records, not {typeof(T)}.");

    private static InconsistentStateException Lost<T>(GrainId grainId, IGrainState<T> grainState) =>
        new($"The record of '{grainId}' was changed by another coordinator; this one ends.", "another", grainState.ETag);
}
