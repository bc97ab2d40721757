using Cairn.Format.Blobs;

namespace Cairn.Simulation.Checks;

/// <summary>A checkpoint that was committed in a story.</summary>
/// <param name="Prefix">Its prefix.</param>
/// <param name="IndexSha256">The digest of its index.</param>
/// <param name="Index">The writing of its index.</param>
/// <param name="State">What it holds.</param>
/// <param name="Order">Its place among all commits.</param>
internal sealed record CommittedCheckpoint(string Prefix, string IndexSha256, BlobETag Index, ModelState State, int Order);
