using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;
using Orleans;
using Orleans.Runtime;

namespace Cairn.Grains.Tests.Commits;

/// <summary>What Orleans puts between a grain and its storage provider, its wrapping of foreign exceptions included.</summary>
internal sealed class FakePersistentState(RecordGrainStorage storage, string model) : IPersistentState<RecordState>
{
    private readonly GrainId _grain = GrainId.Create("coordinator", model);
    private readonly GrainState<RecordState> _held = new(new RecordState());

    public RecordState State
    {
        get => _held.State!;
        set => _held.State = value;
    }

    public string Etag => _held.ETag!;

    public bool RecordExists => _held.RecordExists;

    public Task ClearStateAsync() => WrapAsync(() => storage.ClearStateAsync("record", _grain, _held));

    public Task WriteStateAsync() => WrapAsync(() => storage.WriteStateAsync("record", _grain, _held));

    public Task ReadStateAsync() => WrapAsync(() => storage.ReadStateAsync("record", _grain, _held));

    private static async Task WrapAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (CheckpointException fault)
        {
            throw new OrleansException("Error from storage provider", fault);
        }
    }
}
