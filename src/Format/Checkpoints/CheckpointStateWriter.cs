using System.Text;
using Cairn.Format.Errors;

namespace Cairn.Format.Checkpoints;

/// <summary>Writes a state file as TensorFlow does: one field a line in the order of the numbers, a repeated one on as many lines, a line feed at the
/// end.</summary>
internal static class CheckpointStateWriter
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] Write(CheckpointState state)
    {
        StringBuilder text = new();
        if (state.ModelCheckpointPath.Length > 0)
        {
            AppendString(text, "model_checkpoint_path", state.ModelCheckpointPath);
        }

        foreach (string path in state.AllModelCheckpointPaths)
        {
            AppendString(text, "all_model_checkpoint_paths", path);
        }

        foreach (double timestamp in state.AllModelCheckpointTimestamps)
        {
            AppendDouble(text, "all_model_checkpoint_timestamps", timestamp);
        }

        if (state.LastPreservedTimestamp != 0)
        {
            AppendDouble(text, "last_preserved_timestamp", state.LastPreservedTimestamp);
        }

        try
        {
            return Utf8.GetBytes(text.ToString());
        }
        catch (EncoderFallbackException fault)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"A path of the checkpoint state of '{state.ModelCheckpointPath}' holds half a surrogate pair; give names that are Unicode text.", fault);
        }
    }

    private static void AppendDouble(StringBuilder text, string field, double value) =>
        text.Append(field).Append(": ").Append(PythonDouble.Repr(value)).Append('\n');

    private static void AppendString(StringBuilder text, string field, string value)
    {
        text.Append(field).Append(": \"");
        foreach (char c in value)
        {
            switch (c)
            {
                case '\n':
                    text.Append(@"\n");
                    break;
                case '\r':
                    text.Append(@"\r");
                    break;
                case '\t':
                    text.Append(@"\t");
                    break;
                case '"' or '\'' or '\\':
                    text.Append('\\').Append(c);
                    break;
                case < ' ' or '\x7f':
                    text.Append('\\').Append(Convert.ToString(c, 8).PadLeft(3, '0'));
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }

        text.Append("\"\n");
    }
}
