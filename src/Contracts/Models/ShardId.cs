using System.Globalization;
using Cairn.Format.Errors;

namespace Cairn.Contracts.Models;

/// <summary>Names one shard of one variable of one model. As text, <c>MODEL/INDEX/VARIABLE</c>, it is the key of the shard's grain.</summary>
/// <param name="Model">The model's name, which has no slash.</param>
/// <param name="Variable">The variable's name, which may have slashes.</param>
/// <param name="Index">The shard's place along axis 0, from 0.</param>
[GenerateSerializer, Immutable, Alias("cairn.ShardId")]
public readonly record struct ShardId([property: Id(0)] string Model, [property: Id(1)] string Variable, [property: Id(2)] int Index)
{
    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the text is no shard's name.</exception>
    public static ShardId Parse(string text)
    {
        string[] parts = text.Split('/', 3);
        if (parts.Length == 3 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            return new ShardId(parts[0], parts[2], index);
        }

        throw new CheckpointException(CheckpointError.InvalidArgument, $"'{text}' names no shard; the form is MODEL/INDEX/VARIABLE.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Model}/{Index}/{Variable}");
}
