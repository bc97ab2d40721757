using System.Text.Json;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>Which model and cut a sidecar says that its checkpoint is of: its members <c>model</c>, <c>generation</c>, <c>epoch</c>, <c>cut</c>.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Stamp">When it was cut.</param>
internal sealed record SidecarStamp(string Model, SaveStamp Stamp)
{
    /// <summary>The longest sidecar that is read for its stamp.</summary>
    public const int LengthBytesMax = 64 << 20;

    /// <summary>Reads the stamp; null when the bytes are not a sidecar: then the checkpoint is treated as somebody else's.</summary>
    public static SidecarStamp? TryRead(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("model", out JsonElement model) && model.ValueKind == JsonValueKind.String
                && Number(root, "generation") is { } generation && Number(root, "epoch") is { } epoch && Number(root, "cut") is { } cut
                    ? new SidecarStamp(model.GetString()!, new SaveStamp(generation, epoch, cut))
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static long? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : null;
}
