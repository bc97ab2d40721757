using System.Collections.Immutable;
using System.Security.Cryptography;
using Cairn.Contracts.Models;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Grains.Coordination.Records;
using Cairn.Simulation.Stores;

namespace Cairn.Simulation.Checks;

/// <summary>Looks at the store after every single change, as nobody of the story could, and says which invariant is broken.</summary>
internal sealed class Judge(SimStore store, Truth truth)
{
    private const string OwnFolder = "_cairn/";

    private readonly Dictionary<string, CommittedCheckpoint> _standing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelState> _statesBySha = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _lost = new(StringComparer.Ordinal);
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private readonly HashSet<long> _unknown = [];
    private readonly Dictionary<string, int> _commitOrder = new(StringComparer.Ordinal);
    private readonly List<string> _violations = [];
    private int _commits;

    /// <summary>What is broken.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>The model's record as it stands, or null.</summary>
    public CoordinatorRecord? Record { get; private set; }

    /// <summary>The checkpoints that stand, by prefix.</summary>
    public IReadOnlyDictionary<string, CommittedCheckpoint> Standing => _standing;

    /// <summary>How many checkpoints were committed.</summary>
    public int Commits => _commits;

    /// <summary>Whether another program has touched a checkpoint's files, so that nobody answers for it any more.</summary>
    public bool IsTouched(string prefix) => _touched.Contains(prefix);

    /// <summary>Something is broken.</summary>
    public void Break(string invariant, string story) => _violations.Add($"{invariant}: {story}");

    /// <summary>Takes in a change of the store.</summary>
    public void See(StoreChange change)
    {
        if (change.Name.StartsWith(OwnFolder, StringComparison.Ordinal))
        {
            SeeOwn(change);
        }
        else if (CheckpointPrefix.TryFileSuffix(change.Name, out CheckpointPrefix prefix, out string suffix))
        {
            if (change.By is null)
            {
                _touched.Add(prefix.Value);
            }

            if (suffix == ".index")
            {
                SeeIndex(change, prefix);
            }
            else if (store.Find(prefix.IndexName) is not null)
            {
                Verify(prefix, change, "I4");
            }
        }
        else if (change.After is { } state)
        {
            SeeState(change.Name, state);
        }
    }

    /// <summary>A save was acknowledged: from now on it must not be lost.</summary>
    public void Acknowledged(string prefix)
    {
        if (!_standing.ContainsKey(prefix) && !_touched.Contains(prefix) && !_lost.ContainsKey(prefix))
        {
            Break("I2", $"the save of '{prefix}' was acknowledged, and there never was such a checkpoint");
        }
    }

    /// <summary>Looks at all there is at the end, when everything that waits has been carried out.</summary>
    public void SeeTheEnd()
    {
        foreach ((string prefix, CommittedCheckpoint checkpoint) in _standing)
        {
            if (!_touched.Contains(prefix) && store.Find(prefix + ".index")?.ETag != checkpoint.Index)
            {
                Break("I2", $"'{prefix}' was committed, and is lost at the end");
            }
        }

        HashSet<string> explained = [.. from prefix in _standing.Keys from name in FilesOf(prefix) select name];
        foreach ((string name, _) in store.All)
        {
            bool isOurs = name.StartsWith(OwnFolder + "attempts/", StringComparison.Ordinal) || name.StartsWith(OwnFolder + "staging/", StringComparison.Ordinal);
            bool isFile = CheckpointPrefix.TryFileSuffix(name, out CheckpointPrefix prefix, out _);
            bool isExcused = isFile && (_touched.Contains(prefix.Value) || Record?.Broken.Any(broken => broken.Prefix == prefix.Value) == true);
            bool isKept = Record?.Broken.Any(broken => name.Contains(broken.Attempt.ToString("N"), StringComparison.Ordinal)) == true;
            if ((isOurs || isFile) && !isExcused && !isKept && !explained.Contains(name))
            {
                Break("I5", $"'{name}' is left over, and nothing will ever collect it");
            }
        }
    }

    private void SeeOwn(StoreChange change)
    {
        if (change.Name.StartsWith(OwnFolder + "models/", StringComparison.Ordinal))
        {
            if (change.After?.Meaning is CoordinatorRecord record)
            {
                SeeRecord(Record, record);
                Record = record;
            }
        }
        else if (change is { Effect: StoreEffect.Delete, By: not null } && Record?.Attempt is { Phase: not AttemptPhase.Writing } attempt
            && change.Name.Contains(attempt.Id.ToString("N"), StringComparison.Ordinal)
            && store.Find(attempt.Checkpoint.IndexName)?.Bytes is var index
            && (index is null || Sha256(index) != attempt.Index.Sha256)
            && !_touched.Contains(attempt.Prefix))
        {
            Break("I4", $"'{change.Name}' was removed by {change.By}, though '{attempt.Prefix}' is still to be published from it");
        }
    }

    private void SeeRecord(CoordinatorRecord? before, CoordinatorRecord after)
    {
        if (before is not null)
        {
            if (after.Revision != before.Revision + 1 || after.Epoch < before.Epoch || after.Generation < before.Generation)
            {
                Break("I3", $"the record went from revision {before.Revision}, epoch {before.Epoch}, generation {before.Generation} to {after.Revision}, "
                    + $"{after.Epoch}, {after.Generation}");
            }

            if (after.Epoch == before.Epoch && after.Writer != before.Writer && before.Epoch > 0)
            {
                Break("I3", $"two coordinators have written the record in epoch {after.Epoch}");
            }
        }

        if (after.Generation != (before?.Generation ?? 0))
        {
            Originate(before, after);
        }

        SeeOutcome(before, after);
        foreach (Deletion entry in after.Deletions.Where(entry => entry.IndexETag is not null))
        {
            SeeDeletion(before, after, entry);
        }
    }

    private void Originate(CoordinatorRecord? before, CoordinatorRecord after)
    {
        if (after.Base is not { } plan)
        {
            truth.Originate(after.Generation, null);
            return;
        }

        bool isRestore = after.Requests.Any(one => one is { Kind: RequestKind.Restore, Error: null } && one.Generation == after.Generation);
        if (!isRestore && before?.Base is { } old && old.Whole.Prefix != plan.Whole.Prefix)
        {
            Break("I2", $"generation {after.Generation} begins from '{plan.Whole.Prefix}', though '{old.Whole.Prefix}' was the base");
        }

        if (plan.Subsets.IsEmpty && _statesBySha.TryGetValue(plan.Whole.IndexSha256, out ModelState? state))
        {
            truth.Originate(after.Generation, state);
        }
        else
        {
            _unknown.Add(after.Generation);
            truth.Initialised(after.Generation);
        }
    }

    private void SeeOutcome(CoordinatorRecord? before, CoordinatorRecord after)
    {
        if (before?.Attempt is not { } attempt || after.Attempt is not null || after.FindOutcome(attempt.Request) is not { Error: null })
        {
            return;
        }

        if (!_standing.TryGetValue(attempt.Prefix, out CommittedCheckpoint? standing) || standing.IndexSha256 != attempt.Index.Sha256)
        {
            if (!_touched.Contains(attempt.Prefix))
            {
                Break("I2", $"the record says that '{attempt.Prefix}' is saved, and it does not stand");
            }
        }

        if (attempt.IsWhole && after.Base?.Whole.Prefix != attempt.Prefix)
        {
            Break("I2", $"'{attempt.Prefix}' was committed, and the base is '{after.Base?.Whole.Prefix}'");
        }
    }

    private void SeeDeletion(CoordinatorRecord? before, CoordinatorRecord after, Deletion entry)
    {
        if (after.Base?.Has(entry.Prefix) == true)
        {
            Break("I4", $"'{entry.Prefix}' is to be deleted, and is what a rollback goes to");
        }

        bool isNew = before?.Deletions.Any(old => old.IsSame(entry)) != true;
        int newer = _commitOrder.Count(pair => pair.Value > _commitOrder.GetValueOrDefault(entry.Prefix));
        int kept = before?.Attempt?.Saver?.MaxToKeep ?? 0;
        if (isNew && kept > 0 && newer < kept && !_touched.Contains(entry.Prefix))
        {
            Break("I4", $"'{entry.Prefix}' is to be deleted when {newer} newer ones stand, and {kept} are kept");
        }
    }

    private void SeeIndex(StoreChange change, CheckpointPrefix prefix)
    {
        if (change.After is null)
        {
            SeeIndexGone(change, prefix);
            return;
        }

        if (change.By is null)
        {
            _standing.Remove(prefix.Value);
            return;
        }

        string sha256 = Sha256(change.After.Bytes);
        if (Record?.Attempt is not { Phase: not AttemptPhase.Writing } attempt || attempt.Prefix != prefix.Value || attempt.Index.Sha256 != sha256)
        {
            Break("I3", $"'{change.Name}' was published by {change.By}, and the record knows of no such commit");
        }

        if (Verify(prefix, change, "I1") is not { } stored)
        {
            return;
        }

        ModelState state = new(truth.Layout);
        foreach ((ShardId shard, TensorPart part, byte[] bytes) in stored.Parts)
        {
            state.Set(shard, part, bytes);
        }

        _commitOrder[prefix.Value] = ++_commits;
        _standing[prefix.Value] = new CommittedCheckpoint(prefix.Value, sha256, change.After.ETag, state, _commits);
        _statesBySha[sha256] = state;
        Compare(prefix, stored);
    }

    private void SeeIndexGone(StoreChange change, CheckpointPrefix prefix)
    {
        if (_standing.Remove(prefix.Value, out CommittedCheckpoint? gone))
        {
            _lost[prefix.Value] = gone.IndexSha256;
        }

        if (change.By is null || _touched.Contains(prefix.Value))
        {
            return;
        }

        bool isReplaced = Record?.Attempt is { Phase: AttemptPhase.Replacing } attempt && attempt.Prefix == prefix.Value && attempt.Index.Expected == change.Before!.ETag;
        bool isEntered = Record?.Deletions.Any(entry => entry.Prefix == prefix.Value && entry.IndexETag == change.Before!.ETag) == true;
        if (!isReplaced && !isEntered)
        {
            Break("I4", $"'{change.Name}' was deleted by {change.By}, and the record has no entry of that");
        }

        if (!isReplaced && Record?.Base?.Has(prefix.Value) == true)
        {
            Break("I4", $"'{change.Name}' was deleted by {change.By}, and is what a rollback goes to");
        }

        foreach ((string name, StoredBlob state) in store.All)
        {
            if (!name.StartsWith(OwnFolder, StringComparison.Ordinal) && !CheckpointPrefix.TryFileSuffix(name, out _, out _))
            {
                SeeState(name, state);
            }
        }
    }

    private void SeeState(string name, StoredBlob blob)
    {
        CheckpointState state = CheckpointState.Parse(blob.Bytes, name).ResolvedIn(name[..Math.Max(name.LastIndexOf('/'), 0)]);
        foreach (string path in state.AllModelCheckpointPaths.Append(state.ModelCheckpointPath))
        {
            if (store.Find(path + ".index") is null && !_touched.Contains(path))
            {
                Break("I1", $"'{name}' names '{path}', which does not exist");
            }
        }
    }

    private StoredCheckpoint? Verify(CheckpointPrefix prefix, StoreChange change, string invariant)
    {
        if (_touched.Contains(prefix.Value))
        {
            return null;
        }

        try
        {
            return StoredCheckpoint.Read(store, truth.Layout, prefix);
        }
        catch (InvalidDataException torn)
        {
            Break(invariant, $"after {change.Effect} of '{change.Name}' by {change.By}: {torn.Message}");
            return null;
        }
    }

    private void Compare(CheckpointPrefix prefix, StoredCheckpoint stored)
    {
        long generation = stored.Sidecar.Generation;
        if (_unknown.Contains(generation))
        {
            return;
        }

        Dictionary<string, long> ended = new(StringComparer.Ordinal);
        foreach (Format.Sidecars.SidecarSession session in stored.Sidecar.Sessions)
        {
            ended[session.Name] = Math.Max(session.Step, ended.GetValueOrDefault(session.Name, -1));
        }

        string named = string.Join(", ", ended.Select(pair => $"{pair.Key}:{pair.Value}"));
        ModelState expected = truth.Recompute(generation, ended, out string? fault);
        if (fault is not null)
        {
            Break("I6", $"'{prefix}' of generation {generation} with {named}: {fault}");
        }

        foreach ((ShardId shard, TensorPart part, byte[] bytes) in stored.Parts)
        {
            byte[]? wanted = expected.Find(shard, part);
            if (wanted is null || !wanted.AsSpan().SequenceEqual(bytes))
            {
                Break(
                    "I6",
                    $"'{prefix}' of generation {generation}, epoch {stored.Sidecar.Epoch}, cut {stored.Sidecar.Cut} has {Show(bytes, part, shard)} as {part} of {shard}, "
                        + $"and {(wanted is null ? "nothing" : Show(wanted, part, shard))} is the state with exactly {named}");
            }
        }

        ImmutableArray<(ShardId Shard, TensorPart Part, byte[] Bytes)> parts = stored.Parts;
        long[]? ClocksOf(ShardId shard) => parts.FirstOrDefault(one => one.Shard == shard && one.Part == TensorPart.Value).Bytes is { } bytes ? Clocks.Of(bytes) : null;
        if (truth.FindCrossing(generation, ended, ClocksOf) is { } crossing)
        {
            Break("I6", $"'{prefix}' of generation {generation} with {named}: {crossing}");
        }
    }

    private static string Show(byte[] bytes, TensorPart part, ShardId shard) => shard.Variable == ModelLayout.Clock
        ? "[" + string.Join(' ', System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(bytes).ToArray()) + "]"
        : "[" + string.Join(' ', System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray()) + "]";

    private IEnumerable<string> FilesOf(string value)
    {
        CheckpointPrefix prefix = new(value);
        yield return prefix.IndexName;
        yield return prefix.MetaName;
        yield return prefix.SidecarName;
        int count = BundleIndex.Parse(store.Find(prefix.IndexName)!.Bytes, prefix.IndexName).ShardCount;
        for (int i = 0; i < count; i++)
        {
            yield return prefix.DataName(i, count);
        }
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
