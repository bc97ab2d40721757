using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Format.Sidecars;

/// <summary>How a sidecar is spelled: camelCase, two spaces, line feeds on every system. Every member is written, a null too, and must be there.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(Sidecar))]
[JsonSerializable(typeof(SidecarVersion))]
internal sealed partial class SidecarJson : JsonSerializerContext;
