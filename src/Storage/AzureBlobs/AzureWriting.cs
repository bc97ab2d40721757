using Azure;
using Azure.Storage.Blobs.Models;
using Cairn.Format.Blobs;

namespace Cairn.Storage.AzureBlobs;

/// <summary>One conditional write and its token, which goes into the blob's metadata: when the answer is lost, the token tells whether what stands there is
/// ours.</summary>
internal sealed record AzureWriting(BlobCondition Condition, string Token)
{
    /// <summary>The key of the token in the metadata of every blob that Cairn writes.</summary>
    public const string MetadataKey = "cairnwriting";

    public Dictionary<string, string> Metadata => new() { [MetadataKey] = Token };

    public BlobRequestConditions? Conditions => Condition switch
    {
        { MustBeAbsent: true } => new BlobRequestConditions { IfNoneMatch = ETag.All },
        { MustMatch: { } etag } => new BlobRequestConditions { IfMatch = new ETag(etag.Value) },
        _ => null,
    };

    public static AzureWriting New(BlobCondition condition) => new(condition, Guid.NewGuid().ToString("N"));
}
