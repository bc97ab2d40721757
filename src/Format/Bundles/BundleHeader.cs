using System.Buffers;
using System.Collections.Immutable;
using Cairn.Format.Wire;

namespace Cairn.Format.Bundles;

/// <summary>The value of the empty key, the first entry of every index.</summary>
/// <param name="ShardCount">How many data files there are.</param>
/// <param name="IsBigEndian">True when a big-endian machine wrote the data files.</param>
/// <param name="Producer">The version of the writer; 1 everywhere.</param>
/// <param name="ConsumerMin">The lowest version that may read this.</param>
/// <param name="BadConsumers">Versions that must not read this.</param>
/// <remarks><code>
/// BundleHeaderProto = 1: int32 num_shards, 2: enum endianness, 3: VersionDef { 1: producer, 2: min_consumer, 3: bad_consumers* }
/// </code>Source: tensorflow/core/protobuf/tensor_bundle.proto. Zero scalars are left out.</remarks>
public sealed record BundleHeader(int ShardCount, bool IsBigEndian, int Producer, int ConsumerMin, ImmutableArray<int> BadConsumers)
{
    /// <summary>The version of the bundle format that Cairn reads and writes.</summary>
    public const int Version = 1;

    /// <summary>The header that TensorFlow writes for <paramref name="shardCount"/> data files.</summary>
    public static BundleHeader ForShards(int shardCount) => new(shardCount, false, Version, 0, []);

    /// <summary>Parses a header; unknown fields are passed over.</summary>
    /// <exception cref="InvalidDataException">It does not parse.</exception>
    internal static BundleHeader Decode(ReadOnlySpan<byte> bytes)
    {
        int shardCount = 0;
        int endianness = 0;
        (int Producer, int ConsumerMin, ImmutableArray<int> BadConsumers) version = (0, 0, []);
        var reader = new WireReader(bytes);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    shardCount = (int)reader.ReadVarint();
                    break;
                case 2:
                    endianness = (int)reader.ReadVarint();
                    break;
                case 3:
                    version = DecodeVersion(reader.ReadBytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return endianness is 0 or 1
            ? new BundleHeader(shardCount, endianness == 1, version.Producer, version.ConsumerMin, version.BadConsumers)
            : throw new InvalidDataException($"endianness {endianness} is unknown");
    }

    /// <summary>Serialises the header.</summary>
    internal byte[] Encode()
    {
        var version = new ArrayBufferWriter<byte>();
        ProtoFields.WriteVarint(version, 1, Producer);
        ProtoFields.WriteVarint(version, 2, ConsumerMin);
        if (!BadConsumers.IsEmpty)
        {
            var bad = new ArrayBufferWriter<byte>();
            foreach (int consumer in BadConsumers)
            {
                bad.WriteVarint((ulong)(long)consumer);
            }

            ProtoFields.WriteBytes(version, 3, bad.WrittenSpan);
        }

        var header = new ArrayBufferWriter<byte>();
        ProtoFields.WriteVarint(header, 1, ShardCount);
        ProtoFields.WriteVarint(header, 2, IsBigEndian ? 1 : 0);
        ProtoFields.WriteBytes(header, 3, version.WrittenSpan);
        return header.WrittenSpan.ToArray();
    }

    private static (int Producer, int ConsumerMin, ImmutableArray<int> BadConsumers) DecodeVersion(ReadOnlySpan<byte> bytes)
    {
        int producer = 0;
        int consumerMin = 0;
        ImmutableArray<int>.Builder bad = ImmutableArray.CreateBuilder<int>();
        var reader = new WireReader(bytes);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    producer = (int)reader.ReadVarint();
                    break;
                case 2:
                    consumerMin = (int)reader.ReadVarint();
                    break;
                case 3:
                    reader.ReadPackedInts(bad);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (producer, consumerMin, bad.ToImmutable());
    }
}
