using System.Text.Json.Serialization;

namespace Cairn.Format.Sidecars;

/// <summary>Where the bytes of one shard of one tensor are.</summary>
/// <param name="Variable">The key of the tensor in the checkpoint: of a variable, or of an average.</param>
/// <param name="Index">The shard's place along axis 0.</param>
/// <param name="Count">How many shards the tensor has.</param>
/// <param name="RowOffset">The shard's first row.</param>
/// <param name="Rows">How many rows it has; 1 for a scalar.</param>
/// <param name="DataFile">The number of its data file.</param>
/// <param name="Offset">Where its bytes begin there.</param>
/// <param name="Size">How many bytes they are.</param>
/// <param name="Crc32C">Their CRC-32C as the index has it, masked; written as 8 hexadecimal digits.</param>
public sealed record SidecarShard(
    string Variable,
    int Index,
    int Count,
    long RowOffset,
    long Rows,
    int DataFile,
    long Offset,
    long Size,
    [property: JsonPropertyName("crc32c"), JsonConverter(typeof(HexadecimalConverter))] uint Crc32C);
