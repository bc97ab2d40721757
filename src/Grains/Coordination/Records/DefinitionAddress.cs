namespace Cairn.Grains.Coordination.Records;

/// <summary>Where a model's definition is: an object named by its content, so that it never changes.</summary>
/// <param name="BlobName"><c>_cairn/definitions/SHA256</c>.</param>
/// <param name="Sha256">The SHA-256 of its bytes, lower-case hex.</param>
internal sealed record DefinitionAddress(string BlobName, string Sha256);
