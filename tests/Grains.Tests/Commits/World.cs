using System.Security.Cryptography;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Grains.Coordination.Records;
using Cairn.Storage.Memory;

namespace Cairn.Grains.Tests.Commits;

/// <summary>A store in which a scenario has come as far as its act, and what must hold of it after whatever happened.</summary>
internal sealed class World
{
    private readonly Scenario _scenario;
    private readonly Dictionary<string, string> _acknowledged = [];

    private World(Scenario scenario)
    {
        _scenario = scenario;
        Store = new WatchedBlobStore(Memory);
    }

    public ManualTime Time { get; } = new();

    public MemoryBlobStore Memory { get; } = new();

    public WatchedBlobStore Store { get; }

    /// <summary>The act under fire, with ids of its own: the scenario is played many times.</summary>
    public Save Act { get; private init; } = null!;

    public static async Task<World> AtActAsync(Scenario scenario)
    {
        World world = new(scenario) { Act = scenario.Act.Again() };
        Coordinator coordinator = await world.StartAsync(world.Store);
        foreach (Save save in scenario.Before)
        {
            world.Time.Advance(TimeSpan.FromSeconds(1));
            await coordinator.SaveAsync(save.Again());
            world._acknowledged[save.Prefix] = save.Value;
        }

        foreach (string gone in world._acknowledged.Keys.ToList())
        {
            if (await world.Store.TryGetPropertiesAsync(gone + ".index", default) is null)
            {
                world._acknowledged.Remove(gone); // Evicted by retention, on the way here.
            }
        }

        return world;
    }

    public Task<Coordinator> StartAsync(IBlobStore store) => Coordinator.StartAsync(store, Time, _scenario.Options);

    /// <summary>A successor recovers; then time passes, and it sweeps.</summary>
    public async Task SweepAsync()
    {
        Coordinator successor = await StartAsync(Store);
        Time.Advance(TimeSpan.FromMinutes(45)); // Past every delay, and before outcomes are forgotten.
        await successor.Driver.SweepAsync(default);
    }

    /// <summary>Fails unless every promise holds: what was acknowledged stands, the act is absent or complete (complete, if it was acknowledged), the state
    /// file names the newest, and nothing is left over.</summary>
    public async Task CheckAsync(string story, bool isAcknowledged)
    {
        Assert.True(Store.Fault is null, $"{story}: {Store.Fault}");
        Assert.True(await OutsideReader.FindFaultAsync(Memory) is null, $"{story}: {await OutsideReader.FindFaultAsync(Memory)}");

        string? now = await ToyBundle.ReadAsync(Memory, new CheckpointPrefix(Act.Prefix));
        string? before = _acknowledged.GetValueOrDefault(Act.Prefix);
        bool isThere = await WasCommittedAsync();
        string said = isThere ? "saved" : "not saved";
        Assert.True(now == (isThere ? Act.Value : before), $"{story}: '{Act.Prefix}' holds {now ?? "nothing"}; the record says {said}.");
        Assert.True(isThere || !isAcknowledged, $"{story}: the save was acknowledged and is lost.");
        foreach ((string prefix, string value) in _acknowledged.Where(one => one.Key != Act.Prefix && !(isThere && one.Key == _scenario.Evicted)))
        {
            Assert.True(await ToyBundle.ReadAsync(Memory, new CheckpointPrefix(prefix)) == value, $"{story}: '{prefix}' was acknowledged and is lost.");
        }

        await CheckStateAsync(story, isThere);
        await CheckBaseAsync(story, isThere);
        Assert.True(await LitterAsync() is [], $"{story}: left over: {string.Join(", ", await LitterAsync())}");
    }

    private async Task<bool> WasCommittedAsync()
    {
        CoordinatorRecord record = await RecordAsync();
        Assert.Null(record.Attempt);
        Assert.Empty(record.Broken);
        return record.FindOutcome(Act.Request) is { Error: null };
    }

    private async Task CheckStateAsync(string story, bool isThere)
    {
        string name = "m/" + Act.StateFile;
        CheckpointState? state = await OutsideReader.StateAsync(Memory, name);
        string? newest = isThere && Act.WriteState ? Act.Prefix : _scenario.Before.LastOrDefault(save => save.StateFile == Act.StateFile)?.Prefix;
        Assert.True(state?.ModelCheckpointPath == newest, $"{story}: '{name}' names '{state?.ModelCheckpointPath}', and '{newest}' is the newest.");
    }

    private async Task CheckBaseAsync(string story, bool isThere)
    {
        RestorePlanStep? whole = (await RecordAsync()).Base?.Whole;
        string? newest = isThere ? Act.Prefix : _scenario.Before.LastOrDefault()?.Prefix;
        Assert.True(whole?.Prefix == newest, $"{story}: the base is '{whole?.Prefix}', and '{newest}' was committed last.");
        if (whole is not null)
        {
            BlobContent? index = await Memory.TryReadAsync(whole.Prefix + ".index", 1 << 20, default);
            string? digest = index is null ? null : Convert.ToHexStringLower(SHA256.HashData(index.Bytes.Span));
            Assert.True(digest == whole.IndexSha256, $"{story}: the base '{whole.Prefix}' has another index than the record says.");
        }
    }

    private async Task<CoordinatorRecord> RecordAsync() => (await new RecordStore(Memory).TryReadAsync(Coordinator.Model, default))!.Value.Record;

    private async Task<List<string>> LitterAsync()
    {
        List<string> names = [];
        HashSet<string> explained = [];
        await foreach (BlobProperties blob in Memory.ListAsync("", default))
        {
            names.Add(blob.Name);
            if (blob.Name.EndsWith(".index", StringComparison.Ordinal))
            {
                explained.UnionWith(await ToyBundle.FilesAsync(Memory, new CheckpointPrefix(blob.Name[..^".index".Length])));
            }
        }

        return
        [
            .. names.Where(name => !explained.Contains(name)
                && !name.StartsWith("_cairn/models/", StringComparison.Ordinal)
                && !name.StartsWith("_cairn/folders/", StringComparison.Ordinal)
                && name is not ("m/checkpoint" or "m/best")),
        ];
    }
}
