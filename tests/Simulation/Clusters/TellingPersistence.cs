using Cairn.Grains.Coordination;
using Cairn.Grains.Coordination.Records;
using Orleans.Runtime;

namespace Cairn.Simulation.Clusters;

/// <summary>A coordinator's record in its storage; tells the store what it is that is written, so that those who look need not read it.</summary>
internal sealed class TellingPersistence(SimSilo silo, RecordPersistence record) : IPersistentState<RecordState>
{
    /// <inheritdoc/>
    public RecordState State
    {
        get => record.State;
        set => record.State = value;
    }

    /// <inheritdoc/>
    public string Etag => record.Etag;

    /// <inheritdoc/>
    public bool RecordExists => record.RecordExists;

    /// <inheritdoc/>
    public Task ReadStateAsync() => record.ReadStateAsync();

    /// <inheritdoc/>
    public Task WriteStateAsync()
    {
        silo.Store.Meaning = record.State.Record;
        return record.WriteStateAsync();
    }

    /// <inheritdoc/>
    public Task ClearStateAsync() => record.ClearStateAsync();
}
