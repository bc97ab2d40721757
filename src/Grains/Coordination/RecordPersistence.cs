using Cairn.Grains.Coordination.Records;
using Orleans.Storage;

namespace Cairn.Grains.Coordination;

/// <summary>The record of one grain in its storage provider. Unlike the facet that Orleans injects, it reads when it is told, and passes the provider's
/// exceptions on as they are: a caller learns that the store refuses the credentials, not that an activation failed.</summary>
internal sealed class RecordPersistence(IGrainStorage storage, GrainId grain) : IPersistentState<RecordState>
{
    private const string Name = "record";

    private readonly GrainState<RecordState> _state = new(new RecordState());

    /// <inheritdoc/>
    public RecordState State
    {
        get => _state.State!;
        set => _state.State = value;
    }

    /// <inheritdoc/>
    public string Etag => _state.ETag!;

    /// <inheritdoc/>
    public bool RecordExists => _state.RecordExists;

    /// <inheritdoc/>
    public Task ReadStateAsync() => storage.ReadStateAsync(Name, grain, _state);

    /// <inheritdoc/>
    public Task WriteStateAsync() => storage.WriteStateAsync(Name, grain, _state);

    /// <inheritdoc/>
    public Task ClearStateAsync() => storage.ClearStateAsync(Name, grain, _state);
}
