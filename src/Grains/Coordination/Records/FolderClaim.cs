namespace Cairn.Grains.Coordination.Records;

/// <summary>The content of a claim: which model saves into a folder.</summary>
/// <param name="Folder">The folder, with its trailing <c>/</c>; empty at the store's root.</param>
/// <param name="Model">The model.</param>
internal sealed record FolderClaim(string Folder, string Model);
