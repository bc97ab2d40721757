using System.CommandLine;
using System.Text;
using System.Text.Json;
using Cairn.Cli.Output;
using Cairn.Format.Bundles;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn show</c>: the values of one tensor, read and checked.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        Argument<string> prefix = Arguments.Prefix();
        Argument<string> tensor = new("TENSOR") { Description = "The tensor's name, as 'inspect' prints it" };
        Option<bool> json = Arguments.Json();
        ExampleCommand command = new(
            "show",
            "Prints the values of a tensor, after checking them. A large one is printed by its edges; --json has all of it.",
            "cairn show model/model.ckpt-1000 dense/kernel")
        {
            prefix, tensor, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix opened = OpenedPrefix.Open(parsed.GetRequiredValue(prefix));
            BundleReader reader = await BundleReader.OpenAsync(opened.Store, opened.Prefix, cancellation);
            string name = parsed.GetRequiredValue(tensor);
            TensorValue value = await reader.ReadAsync(name, cancellation);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(output, writer => WriteJson(writer, name, value));
            }
            else
            {
                output.WriteLine($"{name}  {value.DType.ShortName()} {value.Shape}");
                new ArrayText(value.Shape, value.DType.IsFixedSize(), index => TextOf(value, index)).Write(output);
            }
        });
        return command;
    }

    private static void WriteJson(Utf8JsonWriter writer, string name, TensorValue value)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("dtype", value.DType.ShortName());
        JsonOutput.WriteShape(writer, "shape", value.Shape);
        writer.WritePropertyName("values");
        long next = 0;
        WriteAxis(writer, value, 0, ref next);
        writer.WriteEndObject();
    }

    private static void WriteAxis(Utf8JsonWriter writer, TensorValue value, int axis, ref long next)
    {
        if (axis == value.Shape.Rank)
        {
            JsonElements.Write(writer, value, next++);
            return;
        }

        writer.WriteStartArray();
        for (long position = 0; position < value.Shape[axis]; position++)
        {
            WriteAxis(writer, value, axis + 1, ref next);
        }

        writer.WriteEndArray();
    }

    private static string TextOf(TensorValue value, long index)
    {
        if (value.DType.IsFixedSize())
        {
            return JsonElements.ElementAt(value, index).Text;
        }

        ReadOnlySpan<byte> bytes = value.Elements[(int)index].Span;
        return value.DType == TensorDType.String ? Quote(bytes) : $"<variant of {bytes.Length} bytes>";
    }

    /// <summary>A string as Python prints bytes: printable ASCII as it is, the rest as <c>\xNN</c>.</summary>
    private static string Quote(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new("b'");
        foreach (byte value in bytes)
        {
            _ = value switch
            {
                (byte)'\\' or (byte)'\'' => text.Append('\\').Append((char)value),
                >= 0x20 and < 0x7f => text.Append((char)value),
                _ => text.Append($"\\x{value:x2}"),
            };
        }

        return text.Append('\'').ToString();
    }
}
