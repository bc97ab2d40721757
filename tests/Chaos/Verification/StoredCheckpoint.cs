using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Sidecars;
using Cairn.Storage.Memory;

namespace Cairn.Chaos.Verification;

/// <summary>A checkpoint as it lies in the store, every checksum of it compared.</summary>
/// <param name="Prefix">Its name.</param>
/// <param name="Sidecar">What Cairn wrote beside it.</param>
/// <param name="Tensors">The bytes of each tensor.</param>
/// <param name="Faults">What <c>cairn verify</c> says of it; empty when it is sound.</param>
internal sealed record StoredCheckpoint(
    string Prefix, Sidecar? Sidecar, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Tensors, IReadOnlyList<string> Faults)
{
    private const int FileBytesMax = 64 << 20;

    /// <summary>Whether it holds all variables.</summary>
    public bool IsWhole => Tensors.Keys.Any(name => name.StartsWith("owned-", StringComparison.Ordinal));

    /// <summary>Loads a checkpoint. Its files are read once, into memory, so that a save that replaces it meanwhile shows as a fault at most.</summary>
    public static async Task<StoredCheckpoint> LoadAsync(IBlobStore store, string prefix, CancellationToken cancellationToken)
    {
        var name = new CheckpointPrefix(prefix);
        var copy = new MemoryBlobStore();
        await foreach (BlobProperties blob in store.ListAsync(prefix + ".", cancellationToken))
        {
            if (await store.TryReadAsync(blob.Name, FileBytesMax, cancellationToken) is { } content)
            {
                await copy.TryWriteAsync(blob.Name, content.Bytes, BlobCondition.None, cancellationToken);
            }
        }

        try
        {
            List<string> faults = await BundleVerifier.VerifyAsync(copy, name, cancellationToken)
                .Select(fault => fault.ToString()).ToListAsync(cancellationToken);
            Sidecar? sidecar = await copy.TryReadAsync(name.SidecarName, Sidecar.LengthBytesMax, cancellationToken) is { } written
                ? Sidecar.Parse(written.Bytes.Span, name.SidecarName)
                : null;
            return new StoredCheckpoint(
                prefix, sidecar, await ReadTensorsAsync(copy, name, cancellationToken), sidecar is null ? [.. faults, "it has no sidecar"] : faults);
        }
        catch (CheckpointException fault)
        {
            return new StoredCheckpoint(prefix, null, new Dictionary<string, ReadOnlyMemory<byte>>(), [fault.Message]);
        }
    }

    private static async Task<Dictionary<string, ReadOnlyMemory<byte>>> ReadTensorsAsync(
        MemoryBlobStore copy, CheckpointPrefix name, CancellationToken cancellationToken)
    {
        BundleReader reader = await BundleReader.OpenAsync(copy, name, cancellationToken);
        var tensors = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (BundleTensor tensor in reader.Index.Tensors)
        {
            tensors[tensor.Name] = (await reader.ReadAsync(tensor.Name, cancellationToken)).Bytes;
        }

        return tensors;
    }
}
