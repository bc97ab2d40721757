using Cairn.Format.Bundles;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;

namespace Cairn.Cli.Tests;

/// <summary>A checkpoint of four tensors: two floats, a partitioned one, and strings.</summary>
internal static class SmallBundle
{
    public static async Task WriteAsync(string folder, string name)
    {
        LocalBlobStore store = new(folder);
        await using BundleWriter writer = await BundleWriter.CreateAsync(store, new CheckpointPrefix(name), null, CancellationToken.None);
        TensorShape full = new(3, 2);
        await writer.AddAsync("v1", TensorValue.Of(new TensorShape(1), 1.0f), CancellationToken.None);
        await writer.AddAsync("odd", TensorValue.Of(new TensorShape(3), float.NaN, 0.1f, float.NegativeInfinity), CancellationToken.None);
        await writer.AddAsync(Part(full, 0, 2), TensorValue.Of(new TensorShape(2, 2), 1L, 2L, 3L, 4L), CancellationToken.None);
        await writer.AddAsync(Part(full, 2, 1), TensorValue.Of(new TensorShape(1, 2), 5L, 6L), CancellationToken.None);
        await writer.AddAsync("words", TensorValue.OfStrings(new TensorShape(2), "hello", "wörld"), CancellationToken.None);
        await writer.FinishAsync(CancellationToken.None);
    }

    private static BundleItem Part(TensorShape full, long start, long rows) =>
        new("w", TensorDType.Int64, full) { Slice = TensorSlice.Rows(full, start, rows) };
}
