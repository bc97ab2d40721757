using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Cairn.Format.Wire;

namespace Cairn.Format.ObjectGraphs;

/// <summary>The object graph as a protocol buffer.</summary>
/// <remarks><code>
/// TrackableObjectGraph = 1: TrackableObject nodes*
/// TrackableObject = 1: { 1: int32 node_id, 2: string local_name } children*
///                   2: { 1: string name, 2: string full_name, 3: string checkpoint_key } attributes*
///                   3: { 1: int32 original_variable_node_id, 2: string slot_name, 3: int32 slot_variable_node_id } slot_variables*
/// </code>Source: tensorflow/core/protobuf/trackable_object_graph.proto. Unknown fields (registered_saver, has_checkpoint_values) are passed over.</remarks>
internal static class ObjectGraphCodec
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Parses a graph.</summary>
    /// <exception cref="InvalidDataException">It does not parse.</exception>
    public static ImmutableArray<ObjectNode> Decode(ReadOnlySpan<byte> bytes)
    {
        ImmutableArray<ObjectNode>.Builder nodes = ImmutableArray.CreateBuilder<ObjectNode>();
        var reader = new WireReader(bytes);
        while (reader.MoveNext())
        {
            if (reader.Field == 1)
            {
                nodes.Add(DecodeNode(reader.ReadBytes()));
            }
            else
            {
                reader.Skip();
            }
        }

        return nodes.ToImmutable();
    }

    /// <summary>Serialises a graph.</summary>
    public static byte[] Encode(ImmutableArray<ObjectNode> nodes)
    {
        var graph = new ArrayBufferWriter<byte>();
        var message = new ArrayBufferWriter<byte>();
        foreach (ObjectNode node in nodes)
        {
            var bytes = new ArrayBufferWriter<byte>();
            foreach (ObjectChild child in node.Children)
            {
                Write(bytes, 1, message, child.NodeId, child.LocalName, 0);
            }

            foreach (ObjectAttribute attribute in node.Attributes)
            {
                message.ResetWrittenCount();
                WriteString(message, 1, attribute.Name);
                WriteString(message, 2, attribute.FullName);
                WriteString(message, 3, attribute.CheckpointKey);
                ProtoFields.WriteBytes(bytes, 2, message.WrittenSpan);
            }

            foreach (ObjectSlot slot in node.Slots)
            {
                Write(bytes, 3, message, slot.VariableNodeId, slot.SlotName, slot.SlotNodeId);
            }

            ProtoFields.WriteBytes(graph, 1, bytes.WrittenSpan);
        }

        return graph.WrittenSpan.ToArray();
    }

    private static ObjectNode DecodeNode(ReadOnlySpan<byte> bytes)
    {
        ImmutableArray<ObjectChild>.Builder children = ImmutableArray.CreateBuilder<ObjectChild>();
        ImmutableArray<ObjectAttribute>.Builder attributes = ImmutableArray.CreateBuilder<ObjectAttribute>();
        ImmutableArray<ObjectSlot>.Builder slots = ImmutableArray.CreateBuilder<ObjectSlot>();
        var reader = new WireReader(bytes);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    (int id, string name, _) = DecodeEdge(reader.ReadBytes());
                    children.Add(new ObjectChild(id, name));
                    break;
                case 2:
                    attributes.Add(DecodeAttribute(reader.ReadBytes()));
                    break;
                case 3:
                    (int variable, string slotName, int slot) = DecodeEdge(reader.ReadBytes());
                    slots.Add(new ObjectSlot(variable, slotName, slot));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new ObjectNode(children.ToImmutable(), attributes.ToImmutable(), slots.ToImmutable());
    }

    // A child {1: id, 2: name} and a slot {1: id, 2: name, 3: id} alike.
    private static (int First, string Name, int Second) DecodeEdge(ReadOnlySpan<byte> bytes)
    {
        (int first, string name, int second) = (0, "", 0);
        var reader = new WireReader(bytes);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    first = (int)reader.ReadVarint();
                    break;
                case 2:
                    name = ReadString(ref reader);
                    break;
                case 3:
                    second = (int)reader.ReadVarint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return (first, name, second);
    }

    private static ObjectAttribute DecodeAttribute(ReadOnlySpan<byte> bytes)
    {
        string[] texts = ["", "", ""];
        var reader = new WireReader(bytes);
        while (reader.MoveNext())
        {
            if (reader.Field <= texts.Length)
            {
                texts[reader.Field - 1] = ReadString(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return new ObjectAttribute(texts[0], texts[1], texts[2]);
    }

    private static string ReadString(ref WireReader reader)
    {
        try
        {
            return Strict.GetString(reader.ReadBytes());
        }
        catch (DecoderFallbackException fault)
        {
            throw new InvalidDataException("a string is not UTF-8", fault);
        }
    }

    private static void Write(IBufferWriter<byte> writer, int field, ArrayBufferWriter<byte> message, int first, string name, int second)
    {
        message.ResetWrittenCount();
        ProtoFields.WriteVarint(message, 1, first);
        WriteString(message, 2, name);
        ProtoFields.WriteVarint(message, 3, second);
        ProtoFields.WriteBytes(writer, field, message.WrittenSpan);
    }

    private static void WriteString(IBufferWriter<byte> writer, int field, string text)
    {
        if (text.Length > 0)
        {
            ProtoFields.WriteBytes(writer, field, Strict.GetBytes(text));
        }
    }
}
