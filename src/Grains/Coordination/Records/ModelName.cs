using System.Text.RegularExpressions;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Records;

/// <summary>The rules for a model's name, which is part of blob names, grain keys and URLs.</summary>
internal static partial class ModelName
{
    /// <summary>The longest name.</summary>
    public const int LengthMax = 128;

    /// <summary>Refuses a name that no model may have.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>.</exception>
    public static void Check(string name)
    {
        if (name.Length > LengthMax || !Form().IsMatch(name))
        {
            string shown = string.Concat(name.Take(LengthMax).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"'{shown}' is no model's name: 1 to {LengthMax} letters, digits, '.', '_' and '-' of ASCII, the first a letter or a digit.");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
