using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Coordination.Naming;
using Cairn.Grains.Coordination.Routing;

namespace Cairn.Grains.Coordination.Restoring;

/// <summary>Decides which shard reads which bytes, whatever the partitioning of the checkpoint and of the model. Pure.</summary>
/// <remarks>
/// A shard holds rows of axis 0, so of a stored slice it needs whole rows: one contiguous range. The shards of a variable tile it, so their ranges tile each
/// stored slice, and the checksums of the ranges combine to the stored one: a restore under another partitioning verifies whole tensors.
/// </remarks>
internal sealed class LoadPlanner
{
    private readonly string _model;
    private readonly ShardMap _map;
    private readonly Dictionary<SiloAddress, List<ShardLoad>> _loads = [];
    private readonly Dictionary<SiloAddress, int> _rangeCounts = [];
    private readonly List<CombinedCheck> _checks = [];
    private long _lengthBytes;

    private LoadPlanner(string model, ShardMap map)
    {
        _model = model;
        _map = map;
    }

    /// <summary>Makes the plan.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="sources">The checkpoints, and what is taken from each; they were checked to have it (<see cref="RestoreCheck"/>).</param>
    /// <param name="map">Where the shards are.</param>
    /// <param name="load">The id of the load.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: a data file is missing. <see cref="CheckpointError.Corrupt"/>: one is too
    /// short, or an entry's size contradicts its dtype and shape.
    /// <see cref="CheckpointError.InvalidArgument"/>: stored slices overlap or leave gaps. <see cref="CheckpointError.Unsupported"/>: the checkpoints differ in
    /// byte order.</exception>
    public static LoadPlan Make(string model, IReadOnlyList<(RestoreSource Source, ImmutableArray<SelectedTensor> Tensors)> sources, ShardMap map, Guid load)
    {
        bool isBigEndian = sources[0].Source.Index.IsBigEndian;
        if (sources.Any(source => source.Source.Index.IsBigEndian != isBigEndian))
        {
            throw new CheckpointException(
                CheckpointError.Unsupported,
                $"The checkpoints {string.Join(", ", sources.Select(each => $"'{each.Source.Prefix}'"))} differ in byte order and cannot be loaded together.");
        }

        LoadPlanner planner = new(model, map);
        foreach ((RestoreSource source, ImmutableArray<SelectedTensor> tensors) in sources)
        {
            foreach (SelectedTensor tensor in tensors)
            {
                planner.PlanTensor(source, tensor, source.Index.Get(tensor.Key));
            }
        }

        return new LoadPlan(
            load,
            planner._loads.ToImmutableDictionary(pair => pair.Key, pair => new LoadTicket(load, [.. pair.Value], isBigEndian)),
            [.. planner._checks],
            planner._lengthBytes);
    }

    private void PlanTensor(RestoreSource source, SelectedTensor tensor, BundleTensor stored)
    {
        StoredPiece[] pieces = [.. stored.Parts.Select(part => new StoredPiece(part, BoxOf(part, stored.Shape), FileOf(source, part)))];
        CheckOverlap(stored, pieces);

        Dictionary<StoredPiece, List<RangePiece>> tiles = pieces.ToDictionary(piece => piece, _ => new List<RangePiece>());
        for (int index = 0; index < tensor.Variable.ShardCount; index++)
        {
            PlanShard(new ShardId(_model, tensor.Variable.Name, index), tensor, pieces, tiles);
        }

        foreach ((StoredPiece piece, List<RangePiece> ranges) in tiles.Where(tile => tile.Value.Count != 1))
        {
            DataRange data = piece.Part.Entry.Data;
            _checks.Add(new CombinedCheck(piece.Part.ToString(), piece.File.Name, data.OffsetBytes, data.Crc32C, [.. ranges]));
        }
    }

    private void PlanShard(ShardId shard, SelectedTensor tensor, StoredPiece[] pieces, Dictionary<StoredPiece, List<RangePiece>> tiles)
    {
        ShardPlace place = _map[shard];
        SliceBox wanted = ShardBox(tensor.Variable, shard.Index);
        ImmutableArray<LoadRange>.Builder ranges = ImmutableArray.CreateBuilder<LoadRange>();
        Int128 covered = 0;
        foreach (StoredPiece piece in pieces)
        {
            if (piece.Box.Intersect(wanted) is not { } overlap || piece.Part.Entry.Data.LengthBytes == 0)
            {
                continue;
            }

            covered += overlap.ElementCount;
            LoadRange range = RangeOf(piece, overlap);
            ranges.Add(range);
            int ordinal = _rangeCounts.GetValueOrDefault(place.Silo);
            _rangeCounts[place.Silo] = ordinal + 1;
            _lengthBytes += range.LengthBytes;
            tiles[piece].Add(new RangePiece(place.Silo, ordinal, range.LengthBytes));
        }

        if (covered != wanted.ElementCount)
        {
            string spec = string.Join(':', wanted.Starts.Zip(wanted.Lengths, (start, length) => $"{start},{length}"));
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"Does not have sufficient slices for partitioned tensor {tensor.Key} to restore in slice_spec: {spec} (the checkpoint holds {covered} "
                    + $"of {wanted.ElementCount} elements).");
        }

        if (!_loads.TryGetValue(place.Silo, out List<ShardLoad>? loads))
        {
            _loads[place.Silo] = loads = [];
        }

        loads.Add(
            new ShardLoad(
                shard, place.Incarnation, tensor.Part, tensor.Variable.DType, wanted.Starts, new TensorShape(wanted.Lengths.AsSpan()), ranges.ToImmutable()));
    }

    // Whole rows of the stored slice, from the first that the shard needs to the last.
    private static LoadRange RangeOf(StoredPiece piece, SliceBox overlap)
    {
        DataRange data = piece.Part.Entry.Data;
        if (piece.Box.Rank == 0 || overlap.Lengths[0] == piece.Box.Lengths[0])
        {
            return new LoadRange(piece.File.Name, piece.File.ETag.Value, data.OffsetBytes, data.LengthBytes, piece.Box.Starts, piece.Box.Lengths, data.Crc32C);
        }

        long rowBytes = data.LengthBytes / piece.Box.Lengths[0];
        return new LoadRange(
            piece.File.Name,
            piece.File.ETag.Value,
            data.OffsetBytes + ((overlap.Starts[0] - piece.Box.Starts[0]) * rowBytes),
            overlap.Lengths[0] * rowBytes,
            piece.Box.Starts.SetItem(0, overlap.Starts[0]),
            piece.Box.Lengths.SetItem(0, overlap.Lengths[0]),
            null);
    }

    private static SliceBox ShardBox(VariableDefinition variable, int index)
    {
        if (variable.Shape.Rank == 0)
        {
            return new SliceBox([], []);
        }

        (long start, long count) = variable.RowsOf(index);
        return new SliceBox(
            [start, .. Enumerable.Repeat(0L, variable.Shape.Rank - 1)],
            [count, .. variable.Shape.Dimensions.Skip(1)]);
    }

    private static SliceBox BoxOf(BundlePart part, TensorShape full) => SliceBox.Resolve(part.Slice, full, part.TensorName);

    private static BlobProperties FileOf(RestoreSource source, BundlePart part)
    {
        DataRange data = part.Entry.Data;
        string name = source.DataName(data.ShardIndex);
        if (!source.Files.TryGetValue(data.ShardIndex, out BlobProperties? file))
        {
            throw new CheckpointException(
                CheckpointError.NotFound,
                $"The data file '{name}' of checkpoint '{source.Prefix}' is missing; '{part}' lies in it. Copy it beside the index, or restore another "
                    + "checkpoint.");
        }

        if (part.SizeFault() is { } fault)
        {
            throw CheckpointException.Corrupt(name, data.OffsetBytes, fault);
        }

        return data.EndBytes <= file.LengthBytes
            ? file
            : throw CheckpointException.Corrupt(
                name, data.OffsetBytes, $"'{part}' ends at byte {data.EndBytes}, but the file has {file.LengthBytes}: it is truncated");
    }

    private static void CheckOverlap(BundleTensor stored, StoredPiece[] pieces)
    {
        // A sweep along axis 0: only slices that share rows are compared.
        List<StoredPiece> open = [];
        foreach (StoredPiece piece in pieces.Where(piece => piece.Box.Rank > 0).OrderBy(piece => piece.Box.Starts[0]))
        {
            open.RemoveAll(before => before.Box.Starts[0] + before.Box.Lengths[0] <= piece.Box.Starts[0]);
            if (open.Find(before => before.Box.Intersect(piece.Box) is not null) is { } overlapped)
            {
                throw new CheckpointException(
                    CheckpointError.InvalidArgument,
                    $"'{stored.Name}': Overlapping slices: existing slice = {overlapped.Part.Slice}, new slice = {piece.Part.Slice}");
            }

            open.Add(piece);
        }
    }

    private sealed class StoredPiece(BundlePart part, SliceBox box, BlobProperties file)
    {
        public BundlePart Part { get; } = part;

        public SliceBox Box { get; } = box;

        public BlobProperties File { get; } = file;
    }
}
