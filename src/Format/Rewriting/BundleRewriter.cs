using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Streams;
using Cairn.Format.Tensors;

namespace Cairn.Format.Rewriting;

/// <summary>Makes a checkpoint of tensors from anywhere. They pass through in blocks, one after another, so their size does not matter (of strings and variants one
/// tensor is in memory); nothing is visible before all were read and checked.</summary>
/// <example><code>
/// BundleReader reader = await BundleReader.OpenAsync(store, new CheckpointPrefix("model.ckpt-1000"), cancellationToken);
/// IEnumerable&lt;TensorSource&gt; halves = TensorSources.Of(reader).Select(t => t.DType == TensorDType.Float ? t.CastTo(TensorDType.BFloat16) : t);
/// await BundleRewriter.WriteAsync([.. halves], new BundleLocation(store, new CheckpointPrefix("small.ckpt")), options: null, cancellationToken);
/// </code></example>
public static class BundleRewriter
{
    /// <summary>The memory that all data files are written through together, as far as the least block of each allows.</summary>
    private const int MemoryBytes = 128 << 20;
    private const int BlockBytesMin = 256 << 10;

    /// <summary>Writes a checkpoint: data in key order, slice after slice, as TensorFlow's Saver does.</summary>
    /// <param name="tensors">Its tensors, in any order.</param>
    /// <param name="destination">Where it goes.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work, but not the commit once it has begun.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: two tensors have one name, or an option does not fit.
    /// <see cref="CheckpointError.AlreadyExists"/>: the destination is taken. Else as the sources; nothing was written then.</exception>
    public static async ValueTask WriteAsync(
        IReadOnlyCollection<TensorSource> tensors, BundleLocation destination, RewriteOptions? options, CancellationToken cancellationToken)
    {
        options ??= new RewriteOptions();
        CheckShardCount(options.ShardCount);
        TensorSources.RequireDistinct(tensors);
        ImmutableArray<RewriteTensor> plan =
            [.. tensors.OrderBy(tensor => tensor.Name, Utf8Order.Instance).Select(tensor => RewriteTensor.Plan(tensor, options.PartitionsOf(tensor.Name)))];
        long[] lengths = [.. plan.SelectMany(tensor => tensor.Slices.Select(tensor.LengthOf))];
        int[] shards = ShardPlacement.Balance(lengths, options.ShardCount);

        BundleWriterOptions writing = new()
        {
            ShardCount = options.ShardCount,
            Overwrite = options.Overwrite,
            BlockBytes = BlockBytesFor(lengths, shards, options.ShardCount),
        };
        await using BundleWriter writer =
            await BundleWriter.CreateAsync(destination.Store, destination.Prefix, writing, cancellationToken).ConfigureAwait(false);
        int piece = 0;
        foreach (RewriteTensor tensor in plan)
        {
            ArraySegment<int> own = new(shards, piece, tensor.Slices.Length);
            await (tensor.Source.DType.IsFixedSize() ? AddNumbersAsync(writer, tensor, own, options.Progress, cancellationToken)
                : AddElementsAsync(writer, tensor, own, options.Progress, cancellationToken)).ConfigureAwait(false);
            piece += tensor.Slices.Length;
        }

        if (options.MetaSource is { } meta)
        {
            await writer.AttachAsync(meta.Store, meta.Prefix.MetaName, destination.Prefix.MetaName, cancellationToken).ConfigureAwait(false);
        }

        await writer.FinishAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask AddNumbersAsync(
        BundleWriter writer, RewriteTensor tensor, ArraySegment<int> shards, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        Stream? whole = tensor.IsCut ? await tensor.Source.OpenAsync(null, cancellationToken).ConfigureAwait(false) : null;
        try
        {
            for (int number = 0; number < shards.Count; number++)
            {
                TensorSlice? slice = tensor.Slices[number];
                Stream content = whole ?? await tensor.Source.OpenAsync(slice, cancellationToken).ConfigureAwait(false);
                try
                {
                    StretchStream stretch = new(content, tensor.LengthOf(slice), progress);
                    await writer.AddAsync(tensor.ItemOf(slice, shards[number]), stretch, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    if (whole is null)
                    {
                        await content.DisposeAsync().ConfigureAwait(false);
                    }
                }
            }
        }
        finally
        {
            if (whole is not null)
            {
                await whole.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask AddElementsAsync(
        BundleWriter writer, RewriteTensor tensor, ArraySegment<int> shards, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ImmutableArray<ReadOnlyMemory<byte>> whole =
            tensor.IsCut ? await tensor.Source.ReadElementsAsync(null, cancellationToken).ConfigureAwait(false) : default;
        int at = 0;
        for (int number = 0; number < shards.Count; number++)
        {
            BundleItem item = tensor.ItemOf(tensor.Slices[number], shards[number]);
            int count = (int)item.Shape.ElementCount;
            ImmutableArray<ReadOnlyMemory<byte>> elements =
                tensor.IsCut ? whole.Slice(at, count) : await tensor.Source.ReadElementsAsync(item.Slice, cancellationToken).ConfigureAwait(false);
            await writer.AddAsync(item, TensorValue.FromElements(item.DType, item.Shape, elements), cancellationToken).ConfigureAwait(false);
            progress?.Report(tensor.LengthOf(item.Slice));
            at += count;
        }
    }

    // All data files are open at once. A long one needs blocks so long that the limit on their number holds.
    private static int BlockBytesFor(long[] lengths, int[] shards, int shardCount)
    {
        Int128[] files = new Int128[shardCount];
        for (int piece = 0; piece < lengths.Length; piece++)
        {
            files[shards[piece]] += lengths[piece];
        }

        long needed = (long)Int128.Min(files.Max() / (BlockUpload.BlockCountMax / 2), BlockUpload.BlockBytesMax);
        long shared = Math.Clamp(MemoryBytes / shardCount, BlockBytesMin, BlockUpload.BlockBytesDefault);
        return (int)Math.Max(needed, shared);
    }

    private static void CheckShardCount(int shardCount)
    {
        if (shardCount is < 1 or > RewriteOptions.ShardCountMax)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"A checkpoint is written into 1 to {RewriteOptions.ShardCountMax} data files, not {shardCount}.");
        }
    }
}
