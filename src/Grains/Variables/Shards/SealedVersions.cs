using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Shards;

/// <summary>The versions that shards of this silo have frozen for saves. The registry holds their pages until they are taken by a writer or dropped. When
/// the pages run out, all that is not in blocks yet is given up: training comes first (docs/protocol.md, R10).</summary>
internal sealed class SealedVersions
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Guid Attempt, ShardId Shard, TensorPart Part), (Guid Incarnation, FrozenPart Part)> _versions = [];
    private readonly HashSet<FrozenWrite> _writes = [];
    private readonly RecentAttempts _givenUp = new();

    /// <summary>Told of each part when it is frozen, in the turn that freezes it: so that its checksums are taken soon, and elsewhere. Without it a writer
    /// takes them.</summary>
    public Action<FrozenPart>? Frozen { get; set; }

    /// <summary>Enters a frozen part; the registry becomes the holder of <paramref name="run"/>. What is frozen for an attempt that was given up is let go
    /// at once.</summary>
    public void Add(Guid attempt, ShardId shard, TensorPart part, Guid incarnation, PageRun run)
    {
        var frozen = new FrozenPart(run);
        lock (_lock)
        {
            if (_givenUp.Contains(attempt) || !_versions.TryAdd((attempt, shard, part), (incarnation, frozen)))
            {
                frozen.Release();
                return;
            }
        }

        Frozen?.Invoke(frozen);
    }

    /// <summary>Begins to write the versions of an attempt.</summary>
    public FrozenWrite BeginWrite(Guid attempt, CancellationToken cancellationToken)
    {
        var write = new FrozenWrite(this, attempt, cancellationToken);
        lock (_lock)
        {
            _writes.Add(write);
        }

        return write;
    }

    /// <summary>Hands the pages of a frozen part to the caller, who releases them; null when it is not, or no longer, frozen by that activation.</summary>
    public FrozenPart? TryTake(Guid attempt, ShardId shard, TensorPart part, Guid incarnation)
    {
        lock (_lock)
        {
            (Guid, ShardId, TensorPart) key = (attempt, shard, part);
            return _versions.TryGetValue(key, out (Guid Incarnation, FrozenPart Part) version) && version.Incarnation == incarnation && _versions.Remove(key)
                ? version.Part
                : null;
        }
    }

    /// <summary>Refuses an attempt that was given up for its pages.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Aborted"/>: it was.</exception>
    public void RequireKept(Guid attempt)
    {
        lock (_lock)
        {
            if (!_givenUp.Contains(attempt))
            {
                return;
            }
        }

        throw new CheckpointException(
            CheckpointError.Aborted,
            $"The save {attempt} was given up, because the page pool ran out and training comes first. Raise the option " +
            $"{nameof(VariablesOptions.PageBytesMax)}, or add a silo.");
    }

    /// <summary>Lets go of what a shard has frozen for an attempt.</summary>
    public void Drop(Guid attempt, ShardId shard)
    {
        lock (_lock)
        {
            Drop((attempt, shard, TensorPart.Value));
            Drop((attempt, shard, TensorPart.Shadow));
        }
    }

    /// <summary>Gives up every save that holds pages here. What is frozen is let go now; a writer lets go as soon as its store lets it.</summary>
    /// <returns>Whether there was one, so that pages are free now or soon.</returns>
    public bool GiveUp()
    {
        lock (_lock)
        {
            bool any = _versions.Count > 0 || _writes.Count > 0;
            foreach ((Guid Attempt, ShardId, TensorPart) key in _versions.Keys)
            {
                _givenUp.Add(key.Attempt);
                Drop(key);
            }

            foreach (FrozenWrite write in _writes)
            {
                _givenUp.Add(write.Attempt);
                write.GiveUp();
            }

            return any;
        }
    }

    /// <summary>Ends a write; called by it.</summary>
    internal void End(FrozenWrite write)
    {
        lock (_lock)
        {
            _writes.Remove(write);
        }
    }

    private void Drop((Guid, ShardId, TensorPart) key)
    {
        if (_versions.Remove(key, out (Guid Incarnation, FrozenPart Part) version))
        {
            version.Part.Release();
        }
    }
}
