using Cairn.Contracts.Models;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Shards;

/// <summary>The versions that shards of this silo have put aside at cuts: those of open cuts, and those frozen for saves, whose pages the registry holds until
/// a writer takes them or they are dropped. When the pages run out, all that is not in blocks yet is given up: training comes first (docs/protocol.md,
/// R10). Shards take their turns side by side; the lock keeps their turns and giving up apart.</summary>
internal sealed class SealedVersions
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Guid Attempt, ShardId Shard, TensorPart Part), (Guid Incarnation, FrozenPart Part)> _versions = [];
    private readonly HashSet<CutVersion> _cuts = [];
    private readonly HashSet<FrozenWrite> _writes = [];
    private readonly RecentAttempts _givenUp = new();

    /// <summary>Told of each part when it is frozen, in the turn that freezes it: so that its checksums are taken soon, and elsewhere. Without it a writer
    /// takes them.</summary>
    public Action<FrozenPart>? Frozen { get; set; }

    /// <summary>Enters the version of a cut that is open.</summary>
    public void Open(CutVersion cut)
    {
        lock (_lock)
        {
            _cuts.Add(cut);
        }
    }

    /// <summary>Keeps the pages of an open cut from going, until <see cref="EndUse"/>. False when they went.</summary>
    public bool TryUse(CutVersion cut)
    {
        lock (_lock)
        {
            cut.IsInUse = !cut.IsGivenUp;
            return cut.IsInUse;
        }
    }

    /// <summary>The turn is done with an open cut; if it was given up meanwhile, its pages go now.</summary>
    public void EndUse(CutVersion cut)
    {
        lock (_lock)
        {
            cut.IsInUse = false;
            if (cut.IsGivenUp)
            {
                Close(cut);
            }
        }
    }

    /// <summary>Lets go of an open cut. Repeating it changes nothing.</summary>
    public void Close(CutVersion cut)
    {
        lock (_lock)
        {
            if (_cuts.Remove(cut))
            {
                cut.Tensors.Clear();
            }
        }
    }

    /// <summary>Freezes an open cut for a save, in O(1). False when its pages went.</summary>
    public bool TrySeal(CutVersion cut, Guid attempt, ShardId shard, Guid incarnation)
    {
        FrozenPart? value;
        FrozenPart? shadow;
        lock (_lock)
        {
            if (cut.IsGivenUp)
            {
                return false;
            }

            (PageRun? valueRun, PageRun? shadowRun) = cut.Tensors.Freeze();
            value = Enter((attempt, shard, TensorPart.Value), incarnation, valueRun);
            shadow = Enter((attempt, shard, TensorPart.Shadow), incarnation, shadowRun);
            Close(cut);
        }

        Tell(value);
        Tell(shadow);
        return true;
    }

    /// <summary>Enters a frozen part; the registry becomes the holder of <paramref name="run"/>. What is frozen for an attempt that was given up is let go
    /// at once.</summary>
    public void Add(Guid attempt, ShardId shard, TensorPart part, Guid incarnation, PageRun run)
    {
        FrozenPart? entered;
        lock (_lock)
        {
            entered = Enter((attempt, shard, part), incarnation, run);
        }

        Tell(entered);
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

    /// <summary>Lets go of everything that is frozen for an attempt.</summary>
    public void Drop(Guid attempt)
    {
        lock (_lock)
        {
            foreach ((Guid, ShardId, TensorPart) key in _versions.Keys.Where(key => key.Attempt == attempt).ToArray())
            {
                Drop(key);
            }
        }
    }

    /// <summary>Whether something of a shard is frozen for an attempt and not taken yet.</summary>
    public bool Holds(Guid attempt, ShardId shard)
    {
        lock (_lock)
        {
            return _versions.ContainsKey((attempt, shard, TensorPart.Value)) || _versions.ContainsKey((attempt, shard, TensorPart.Shadow));
        }
    }

    /// <summary>Gives up every save that holds pages here. What is frozen is let go now; a writer lets go as soon as its store lets it.</summary>
    /// <returns>Whether there was one, so that pages are free now or soon.</returns>
    public bool GiveUp()
    {
        lock (_lock)
        {
            bool any = _cuts.Count > 0 || _versions.Count > 0 || _writes.Count > 0;
            foreach (CutVersion cut in _cuts)
            {
                cut.IsGivenUp = true;
                if (!cut.IsInUse)
                {
                    Close(cut);
                }
            }

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

    private FrozenPart? Enter((Guid Attempt, ShardId Shard, TensorPart Part) key, Guid incarnation, PageRun? run)
    {
        if (run is null)
        {
            return null;
        }

        var frozen = new FrozenPart(run);
        if (!_givenUp.Contains(key.Attempt) && _versions.TryAdd(key, (incarnation, frozen)))
        {
            return frozen;
        }

        frozen.Release();
        return null;
    }

    /// <summary>Outside the lock: whoever is told does what it likes.</summary>
    private void Tell(FrozenPart? entered)
    {
        if (entered is not null)
        {
            Frozen?.Invoke(entered);
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
