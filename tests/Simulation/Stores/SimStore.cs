using Cairn.Format.Blobs;
using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Stores;

/// <summary>The store of a story: what stands in it now. Every change is told to <see cref="Changed"/> at the instant that it happens.</summary>
internal sealed class SimStore(Pump pump)
{
    private readonly SortedDictionary<string, StoredBlob> _blobs = new(StringComparer.Ordinal);
    private long _writings;

    /// <summary>Told of every change.</summary>
    public Action<StoreChange>? Changed { get; set; }

    /// <summary>Everything that stands, in the order of the names.</summary>
    public IEnumerable<KeyValuePair<string, StoredBlob>> All => _blobs;

    /// <summary>What stands under a name, or null.</summary>
    public StoredBlob? Find(string name) => _blobs.GetValueOrDefault(name);

    /// <summary>What stands under names with a beginning.</summary>
    public List<BlobProperties> List(string prefix)
    {
        List<BlobProperties> found = [];
        foreach ((string name, StoredBlob blob) in _blobs)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                found.Add(blob.Properties(name));
            }
        }

        return found;
    }

    /// <summary>Puts bytes under a name if the condition holds.</summary>
    public BlobETag? TryPut(Party? by, StoreEffect effect, string name, byte[] bytes, BlobCondition condition, object? meaning = null)
    {
        StoredBlob? before = Find(name);
        if (!condition.Holds(before?.ETag))
        {
            return null;
        }

        StoredBlob after = new(bytes, new BlobETag($"e{++_writings}"), PartyTime.Begin.AddTicks(pump.Now), meaning);
        _blobs[name] = after;
        Changed?.Invoke(new StoreChange(by, effect, name, before, after));
        return after.ETag;
    }

    /// <summary>Removes a blob if it still is the writing that is expected.</summary>
    public BlobDeletion Delete(Party? by, string name, BlobETag? expected)
    {
        if (Find(name) is not { } standing)
        {
            return BlobDeletion.Absent;
        }

        if (expected is { } etag && etag != standing.ETag)
        {
            return BlobDeletion.Changed;
        }

        _blobs.Remove(name);
        Changed?.Invoke(new StoreChange(by, StoreEffect.Delete, name, standing, null));
        return BlobDeletion.Deleted;
    }
}
