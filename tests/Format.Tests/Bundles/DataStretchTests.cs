using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checksums;
using Cairn.Format.Tensors;
using Cairn.Storage.Memory;
using CsCheck;

namespace Cairn.Format.Tests.Bundles;

/// <summary>A data file checked in stretches shows the faults that it shows in one piece.</summary>
public sealed class DataStretchTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public void Cut_AnyFile_HasEveryByteAndPartOnce_AndTheFaultsOfTheWhole()
    {
        var parts = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3]).Array[0, 12];
        Gen.Select(parts, Gen.Int[1, 20], Gen.Int[0, 8], Gen.Int[0, 120]).Sample((gaps, lengthMin, tail, flipped) =>
        {
            byte[] bytes = [.. Enumerable.Range(1, gaps.Sum(gap => gap.Item1 + gap.Item2) + tail).Select(i => (byte)i)];
            List<BundlePart> all = [];
            int at = 0;
            foreach ((int length, int gap) in gaps)
            {
                DataRange data = DataRange.Of(0, at, length, Crc32C.Append(0, bytes.AsSpan(at, length)));
                all.Add(new BundlePart($"t{all.Count}", TensorSlice.Full(1), new BundleEntry(TensorDType.UInt8, new TensorShape(length), data)));
                bytes.AsSpan(at + length, gap).Clear();
                at += length + gap;
            }

            if (flipped < bytes.Length)
            {
                bytes[flipped] ^= 0xff;
            }

            var store = new MemoryBlobStore();
            store.TryWriteAsync("f", bytes, default, Token).AsTask().GetAwaiter().GetResult();
            BlobProperties file = store.TryGetPropertiesAsync("f", Token).AsTask().GetAwaiter().GetResult()!;

            DataStretch[] stretches = [.. DataStretch.Cut(file, all, lengthMin)];

            Assert.Equal([0, .. stretches.SkipLast(1).Select(one => one.EndBytes)], stretches.Select(one => one.BeginBytes));
            Assert.Equal(bytes.Length, stretches[^1].EndBytes);
            Assert.Equal(all.OrderBy(part => part.Entry.Data.OffsetBytes).ThenBy(part => part.Entry.Data.EndBytes), stretches.SelectMany(one => one.Parts));
            Assert.Equal(Faults(store, [DataStretch.Whole(file, all)]), Faults(store, stretches));
        });
    }

    private static List<BundleFault> Faults(MemoryBlobStore store, DataStretch[] stretches)
    {
        List<BundleFault> faults = [];
        foreach (DataStretch stretch in stretches)
        {
            var scan = new DataFileScan(store, stretch, isBigEndian: false);
            scan.RunAsync(null, Token).AsTask().GetAwaiter().GetResult();
            faults.AddRange(scan.Faults);
        }

        return [.. faults.OrderBy(fault => fault.OffsetBytes).ThenBy(fault => fault.Tensor, StringComparer.Ordinal)];
    }
}
