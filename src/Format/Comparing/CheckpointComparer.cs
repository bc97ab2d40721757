using System.Buffers;
using System.Collections.Immutable;
using Cairn.Format.Bundles;
using Cairn.Format.Tensors;

namespace Cairn.Format.Comparing;

/// <summary>Finds what differs between two checkpoints. Tensors of fixed size pass through in blocks.</summary>
public static class CheckpointComparer
{
    private const int BlockBytes = 1 << 20;

    /// <summary>All tensors that are not the same: by kind, within a kind in key order.</summary>
    /// <param name="before">The first checkpoint.</param>
    /// <param name="after">The second.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="Errors.CheckpointException">As <see cref="BundleReader.ReadAsync(string, CancellationToken)"/>.</exception>
    public static async ValueTask<ImmutableArray<TensorDifference>> CompareAsync(
        BundleReader before, BundleReader after, ComparisonOptions? options, CancellationToken cancellationToken)
    {
        options ??= new ComparisonOptions();
        BundleTensor[] common = [.. before.Index.Tensors.Where(tensor => options.Filter(tensor.Name) && after.Index.Find(tensor.Name) is not null)];
        var differences = new TensorDifference?[common.Length];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, common.Length, parallel, async (number, token) =>
        {
            differences[number] = await CompareAsync((before, common[number]), (after, after.Index.Get(common[number].Name)), options, token).ConfigureAwait(false);
        }).ConfigureAwait(false);

        return
        [
            .. OnlyIn(before.Index, after.Index).Select(tensor => new TensorDifference(tensor.Name, DifferenceKind.Removed, tensor, null, null)),
            .. OnlyIn(after.Index, before.Index).Select(tensor => new TensorDifference(tensor.Name, DifferenceKind.Added, null, tensor, null)),
            .. differences.OfType<TensorDifference>().OrderBy(difference => difference.Kind),
        ];

        IEnumerable<BundleTensor> OnlyIn(BundleIndex own, BundleIndex other) =>
            own.Tensors.Where(tensor => options.Filter(tensor.Name) && other.Find(tensor.Name) is null);
    }

    private static async ValueTask<TensorDifference?> CompareAsync(
        (BundleReader Reader, BundleTensor Tensor) before, (BundleReader Reader, BundleTensor Tensor) after, ComparisonOptions options, CancellationToken cancellationToken)
    {
        (BundleTensor first, BundleTensor second) = (before.Tensor, after.Tensor);
        if (first.DType != second.DType || !first.Shape.Equals(second.Shape))
        {
            DifferenceKind kind = first.DType != second.DType ? DifferenceKind.Retyped : DifferenceKind.Reshaped;
            options.Progress?.Report(first.LengthBytes);
            return new TensorDifference(first.Name, kind, first, second, null);
        }

        if (options.TrustsChecksums && first.Parts.Length == second.Parts.Length && first.Parts.Zip(second.Parts).All(pair => IsSame(pair.First, pair.Second)))
        {
            options.Progress?.Report(first.LengthBytes);
            return null;
        }

        ValueDifference values = await (first.DType.IsFixedSize()
            ? CompareNumbersAsync(before, after, options.Progress, cancellationToken)
            : CompareElementsAsync(before, after, options.Progress, cancellationToken)).ConfigureAwait(false);
        bool isSame = values.ChangedCount == 0
            || (options.DeltaMax > 0 && values.NonFiniteCount == 0 && values.DeltaMax <= options.DeltaMax && first.DType.IsFixedSize());
        return isSame ? null : new TensorDifference(first.Name, DifferenceKind.Changed, first, second, values);
    }

    private static bool IsSame(BundlePart before, BundlePart after) =>
        before.Slice.Equals(after.Slice) && before.Entry.Data.LengthBytes == after.Entry.Data.LengthBytes
        && before.Entry.Data.MaskedCrc32C == after.Entry.Data.MaskedCrc32C;

    private static async ValueTask<ValueDifference> CompareNumbersAsync(
        (BundleReader Reader, BundleTensor Tensor) before,
        (BundleReader Reader, BundleTensor Tensor) after,
        IProgress<long>? progress,
        CancellationToken cancellationToken)
    {
        ValueComparison comparison = new(before.Tensor.DType);
        byte[] first = ArrayPool<byte>.Shared.Rent(BlockBytes);
        byte[] second = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            using Stream own = before.Reader.OpenStream(before.Tensor.Name);
            using Stream other = after.Reader.OpenStream(after.Tensor.Name);
            while (true)
            {
                int length = await own.ReadAtLeastAsync(first.AsMemory(0, BlockBytes), BlockBytes, false, cancellationToken).ConfigureAwait(false);
                if (length == 0)
                {
                    return comparison.ToDifference();
                }

                await other.ReadExactlyAsync(second.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                comparison.Add(first.AsSpan(0, length), second.AsSpan(0, length));
                progress?.Report(length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(first);
            ArrayPool<byte>.Shared.Return(second);
        }
    }

    private static async ValueTask<ValueDifference> CompareElementsAsync(
        (BundleReader Reader, BundleTensor Tensor) before,
        (BundleReader Reader, BundleTensor Tensor) after,
        IProgress<long>? progress,
        CancellationToken cancellationToken)
    {
        TensorValue first = await before.Reader.ReadAsync(before.Tensor.Name, cancellationToken).ConfigureAwait(false);
        TensorValue second = await after.Reader.ReadAsync(after.Tensor.Name, cancellationToken).ConfigureAwait(false);
        progress?.Report(before.Tensor.LengthBytes);
        int changed = first.Elements.Zip(second.Elements).Count(pair => !pair.First.Span.SequenceEqual(pair.Second.Span));
        return new ValueDifference(first.Elements.Length, changed, 0, 0, 0);
    }
}
