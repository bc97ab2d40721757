using System.Text.Json.Serialization;

namespace Cairn.Grains.Coordination.Records;

/// <summary>The record's JSON. What is missing, null against the rules or unknown is refused: a program that drops what it does not know would lose it at the
/// next write.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    IgnoreReadOnlyProperties = true,
    WriteIndented = true,
    Converters = [typeof(ETagJsonConverter)])]
[JsonSerializable(typeof(CoordinatorRecord))]
[JsonSerializable(typeof(FolderClaim))]
internal sealed partial class RecordJson : JsonSerializerContext;
