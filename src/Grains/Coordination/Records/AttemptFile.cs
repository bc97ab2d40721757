using Cairn.Format.Blobs;

namespace Cairn.Grains.Coordination.Records;

/// <summary>One file of an attempt, the index aside.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its final name.</param>
/// <param name="Target">Where it is written: the final name, or a name in the staging of a replacing attempt.</param>
/// <param name="Expected">What the final name held when the attempt began, or when it was last looked at while files are copied into place; null when it was
/// absent.</param>
/// <param name="TargetExpected">What the target must hold for the file to be written; null when it must be absent.</param>
/// <param name="Written">What was written at the target; null until it is known.</param>
/// <param name="LengthBytes">How long it is; 0 until it is known.</param>
internal sealed record AttemptFile(
    AttemptFileKind Kind,
    string Name,
    string Target,
    BlobETag? Expected,
    BlobETag? TargetExpected,
    BlobETag? Written,
    long LengthBytes);
