using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Chaos.Logs;

/// <summary>One line of a trainer's log.</summary>
internal sealed record TrainerEvent
{
    public required TrainerDeed Deed { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>The generation of a join or step.</summary>
    public long? Generation { get; init; }

    /// <summary>The number of a step; of a join, the last ended step that it was told.</summary>
    public long? Step { get; init; }

    /// <summary>The updates of a step.</summary>
    public ImmutableArray<LoggedUpdate>? Updates { get; init; }

    /// <summary>The checkpoint's prefix.</summary>
    public string? Prefix { get; init; }

    /// <summary>The number that a prefix is saved under.</summary>
    public long? Number { get; init; }

    /// <summary>How long a save took.</summary>
    public double? Seconds { get; init; }

    /// <summary>The kind of a failure.</summary>
    public string? Error { get; init; }

    /// <summary>What failed, and why.</summary>
    public string? Message { get; init; }

    public string ToLine() => JsonSerializer.Serialize(this, TrainerEventJson.Default.TrainerEvent);

    /// <summary>Reads a line; null for one that a kill has cut short.</summary>
    public static TrainerEvent? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, TrainerEventJson.Default.TrainerEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(TrainerEvent))]
internal sealed partial class TrainerEventJson : JsonSerializerContext;
