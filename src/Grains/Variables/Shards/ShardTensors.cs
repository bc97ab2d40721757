using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Transfers;

namespace Cairn.Grains.Variables.Shards;

/// <summary>The versions of one shard: the live one and, while a cut is open here, the one being cut. An update before the cut is executed on both, each on
/// its own value, shadow and counters: a result is never copied from one to the other, and what a step before the cut reads is the version being cut
/// (docs/protocol.md, R3 and R9). Where that version cannot follow, it is dropped, and training goes on.</summary>
internal sealed class ShardTensors(PagePool pool, SealedVersions registry, ShardId shard, VariableDefinition variable)
{
    private CutVersion? _cut;
    private SpoiledCut? _spoiled;

    /// <summary>The live version.</summary>
    public TensorVersion Live { get; } = new(pool, shard, variable);

    /// <summary>Puts the version at a cut aside, in O(1).</summary>
    public void OpenCut() => Fork();

    /// <summary>Applies an update to the versions that it reaches: whole or not at all to the live one. Where the one being cut cannot follow, the cut is
    /// spoiled, and training goes on.</summary>
    public void Apply(ShardUpdate update, PageRun? body, UpdateReach reach)
    {
        Live.Apply(update, body);
        if (reach == UpdateReach.Both && _cut is { } cut)
        {
            ApplyTo(cut, update, body);
        }
    }

    /// <summary>Reads a range: of the version being cut for a step that lies before the cut, else of the live one.</summary>
    public byte[] Read(ShardRead read, bool isBeforeCut) => On(isBeforeCut, version => version.Read(read.Part, read.OffsetBytes, checked((int)read.LengthBytes)));

    /// <summary>The version of a part that <see cref="Read"/> would read, to be released by the caller.</summary>
    public PageRun Lease(ShardRead read, bool isBeforeCut) => On(isBeforeCut, version => version.Lease(read.Part, read.OffsetBytes, read.LengthBytes));

    /// <summary>Lets go of the version being cut: the cut has ended, or is forgotten.</summary>
    public void DropCut()
    {
        if (_cut is not null)
        {
            registry.Close(_cut);
            _cut = null;
        }

        _spoiled = null;
    }

    /// <summary>Ends the cut in O(1), whatever the size. The state at it passes to the registry, or is let go of where it is not kept.</summary>
    public SealReceipt EndCut(SealTicket ticket)
    {
        SpoiledCut? spoiled = _spoiled;
        if (!ticket.Keep || spoiled is not null)
        {
            DropCut();
            return NothingOf(ticket, spoiled);
        }

        CutVersion cut = _cut ?? Fork();
        TensorVersion at = cut.Tensors;
        var receipt = new SealReceipt(shard, ticket.Incarnation, at.IsValueInitialised, at.IsShadowInitialised, at.NumUpdates, at.AverageUpdates);
        bool isWhole = registry.TrySeal(cut, ticket.Snapshot, shard, ticket.Incarnation);
        DropCut();
        return isWhole ? receipt : NothingOf(ticket, SpoiledCut.OutOfPages);
    }

    /// <summary>Adopts what a load staged, for a new generation.</summary>
    public void Swap(SwapTicket ticket, PageRun? value, PageRun? shadow)
    {
        Live.Swap(ticket, value, shadow);
        DropCut();
    }

    /// <summary>The parts that hold values, with their digests.</summary>
    public ImmutableArray<ParcelPart> ToParcel()
    {
        (PageRun? value, PageRun? shadow) = Live.Freeze();
        try
        {
            return ToParcel(value, shadow);
        }
        finally
        {
            value?.Release();
            shadow?.Release();
        }
    }

    /// <summary>Parts that are there, with their digests.</summary>
    public static ImmutableArray<ParcelPart> ToParcel(PageRun? value, PageRun? shadow) =>
        [.. ToParcel(TensorPart.Value, value), .. ToParcel(TensorPart.Shadow, shadow)];

    /// <summary>Frees all pages.</summary>
    public void Clear()
    {
        DropCut();
        Live.Clear();
    }

    private static IEnumerable<ParcelPart> ToParcel(TensorPart part, PageRun? run) =>
        run is null ? [] : [new ParcelPart(part, run.LengthBytes, ParcelDigest.Of(run))];

    private SealReceipt NothingOf(SealTicket ticket, SpoiledCut? spoiled) =>
        new(shard, ticket.Incarnation, false, false, null, 0, ticket.Keep ? spoiled?.Reason : null, ticket.Keep && spoiled is { IsOutOfPages: true });

    private CutVersion Fork()
    {
        DropCut();
        _cut = new CutVersion(Live.Fork());
        registry.Open(_cut);
        return _cut;
    }

    private T On<T>(bool isBeforeCut, Func<TensorVersion, T> read)
    {
        if (!isBeforeCut || _cut is not { } cut)
        {
            return read(Live);
        }

        if (!registry.TryUse(cut))
        {
            Spoil(SpoiledCut.OutOfPages);
            return read(Live);
        }

        try
        {
            return read(cut.Tensors);
        }
        catch (CheckpointException refusal) when (refusal.Error == CheckpointError.Uninitialised)
        {
            T initialised = read(Live);
            Spoil(new SpoiledCut($"A step before the cut reads shard '{shard}', which was initialised after it.", false));
            return initialised;
        }
        finally
        {
            registry.EndUse(cut);
        }
    }

    private void Spoil(SpoiledCut cause)
    {
        DropCut();
        _spoiled = cause;
    }

    private void ApplyTo(CutVersion cut, ShardUpdate update, PageRun? body)
    {
        if (!registry.TryUse(cut))
        {
            Spoil(SpoiledCut.OutOfPages);
            return;
        }

        SpoiledCut? spoiled = null;
        try
        {
            cut.Tensors.Apply(update, body);
        }
        catch (CheckpointException refusal)
        {
            // Out of pages; or the step relies on what happened after the cut, such as an initialisation.
            spoiled = new SpoiledCut(
                $"An update of step {update.Stamp.Step}, before the cut, could not be applied to the state at the cut of shard '{shard}': {refusal.Message}",
                refusal.Error is CheckpointError.TryAgain or CheckpointError.LimitExceeded);
        }
        finally
        {
            registry.EndUse(cut);
        }

        if (spoiled is not null)
        {
            Spoil(spoiled);
        }
    }
}
