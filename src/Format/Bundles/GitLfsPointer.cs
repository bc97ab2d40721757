using Cairn.Format.Errors;

namespace Cairn.Format.Bundles;

/// <summary>The few lines that Git LFS leaves in place of a large file that was not fetched.</summary>
internal static class GitLfsPointer
{
    /// <summary>No pointer is longer (Git LFS specification).</summary>
    public const int LengthBytesMax = 1024;

    /// <summary>What such a file is, and the remedy.</summary>
    public const string Reason = "a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'";

    /// <summary>True when <paramref name="file"/> is such a pointer and not the file itself.</summary>
    public static bool Is(ReadOnlySpan<byte> file) => file.Length <= LengthBytesMax && file.StartsWith("version https://git-lfs"u8);

    /// <summary>The refusal, with its remedy.</summary>
    public static CheckpointException Refusal(string file) =>
        new(CheckpointError.Unsupported, $"'{file}' is {Reason}.");
}
