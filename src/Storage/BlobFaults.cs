using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Storage;

/// <summary>The refusals that every store words the same way.</summary>
internal static class BlobFaults
{
    public static CheckpointException NotFound(string address, string name) =>
        new(CheckpointError.NotFound, $"There is no '{name}' in '{address}'.");

    public static CheckpointException Superseded(string address, string name, BlobETag expected) =>
        new(CheckpointError.Superseded,
            $"'{name}' in '{address}' was replaced since it was opened (it is not '{expected}' any more); begin again with the new one.");

    public static CheckpointException DamagedOnTheWay(string address, string name, string range, int tries) =>
        new(CheckpointError.StoreUnavailable,
            $"'{name}' in '{address}'{range} came here damaged, in each of {tries} tries; check the network and the proxies on the way, then try again.");

    public static CheckpointException PastTheEnd(string address, string name, long offsetBytes, long rangeLengthBytes, long? lengthBytes) =>
        CheckpointException.Corrupt($"{address}/{name}", lengthBytes ?? offsetBytes,
            $"the file ends {(lengthBytes is { } length ? $"there, at {length} bytes" : "before")}, "
                + $"but {rangeLengthBytes} bytes at {offsetBytes} are needed; it is truncated");

    public static CheckpointException TooLong(string address, string name, long lengthBytes, long lengthBytesMax) =>
        new(CheckpointError.LimitExceeded, $"'{name}' in '{address}' has {lengthBytes} bytes; at most {lengthBytesMax} are read in one piece.");

    public static CheckpointException NegativeOffset(string name, long offsetBytes) =>
        new(CheckpointError.InvalidArgument, $"'{name}' cannot be read at byte {offsetBytes}: offsets count from 0.");

    public static InvalidOperationException UploadIsOver(string name) => new($"The upload of '{name}' has been committed or disposed.");
}
