using System.Collections.Immutable;
using System.Security.Cryptography;
using Cairn.Contracts.Models;
using Cairn.Format.Bundles;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Format.Sidecars;
using Cairn.Simulation.Stores;

namespace Cairn.Simulation.Checks;

/// <summary>A checkpoint as an outside reader finds it in the store, through its index.</summary>
/// <param name="Sidecar">Its sidecar.</param>
/// <param name="IndexSha256">The digest of its index.</param>
/// <param name="Parts">The bytes of every part of every shard.</param>
internal sealed record StoredCheckpoint(Sidecar Sidecar, string IndexSha256, ImmutableArray<(ShardId Shard, TensorPart Part, byte[] Bytes)> Parts)
{
    /// <summary>Reads a checkpoint whole.</summary>
    /// <exception cref="InvalidDataException">A file of it is missing, or is not what the index says.</exception>
    public static StoredCheckpoint Read(SimStore store, ModelLayout layout, CheckpointPrefix prefix)
    {
        StoredBlob index = store.Find(prefix.IndexName) ?? throw new InvalidDataException($"'{prefix.IndexName}' is missing");
        try
        {
            BundleIndex parsed = BundleIndex.Parse(index.Bytes, prefix.IndexName);
            string sha256 = Convert.ToHexStringLower(SHA256.HashData(index.Bytes));
            Sidecar sidecar = ReadSidecar(store, prefix, sha256);
            return new StoredCheckpoint(sidecar, sha256, [.. parsed.Tensors.SelectMany(tensor => PartsOf(store, layout, prefix, parsed, tensor))]);
        }
        catch (CheckpointException damaged)
        {
            throw new InvalidDataException(damaged.Message, damaged);
        }
    }

    private static Sidecar ReadSidecar(SimStore store, CheckpointPrefix prefix, string sha256)
    {
        StoredBlob blob = store.Find(prefix.SidecarName) ?? throw new InvalidDataException($"'{prefix.SidecarName}' is missing");
        Sidecar sidecar = Sidecar.Parse(blob.Bytes, prefix.SidecarName);
        return sidecar.IndexSha256.Equals(sha256, StringComparison.OrdinalIgnoreCase)
            ? sidecar
            : throw new InvalidDataException($"'{prefix.SidecarName}' is of another index");
    }

    private static IEnumerable<(ShardId Shard, TensorPart Part, byte[] Bytes)> PartsOf(
        SimStore store, ModelLayout layout, CheckpointPrefix prefix, BundleIndex index, BundleTensor tensor)
    {
        VariableDefinition variable = layout.Definition.Variables.FirstOrDefault(each => each.Name == tensor.Name || each.ShadowName == tensor.Name)
            ?? throw new InvalidDataException($"'{prefix}' has a tensor '{tensor.Name}' that the model does not have");
        TensorPart part = tensor.Name == variable.Name ? TensorPart.Value : TensorPart.Shadow;
        for (int i = 0; i < tensor.Parts.Length; i++)
        {
            DataRange data = tensor.Parts[i].Entry.Data;
            string name = prefix.DataName(data.ShardIndex, index.ShardCount);
            StoredBlob file = store.Find(name) ?? throw new InvalidDataException($"'{prefix.IndexName}' stands, but '{name}' is missing");
            if (data.EndBytes > file.Bytes.Length || Crc32C.Append(0, file.Bytes.AsSpan((int)data.OffsetBytes, (int)data.LengthBytes)) != data.Crc32C)
            {
                throw new InvalidDataException($"'{prefix.IndexName}' stands, but '{name}' is another file than it says");
            }

            byte[] bytes = file.Bytes.AsSpan((int)data.OffsetBytes, (int)data.LengthBytes).ToArray();
            yield return (new ShardId(layout.Definition.Name, variable.Name, IndexOf(variable, tensor, i)), part, bytes);
        }
    }

    private static int IndexOf(VariableDefinition variable, BundleTensor tensor, int part)
    {
        if (!tensor.IsPartitioned)
        {
            return 0;
        }

        long start = tensor.Parts[part].Slice.Extents[0].Start;
        return Enumerable.Range(0, variable.ShardCount).First(index => variable.RowsOf(index).Start == start);
    }
}
