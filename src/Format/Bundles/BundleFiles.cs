using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Cairn.Format.Blobs;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Format.Tables;

namespace Cairn.Format.Bundles;

/// <summary>What the files of a bundle are called in messages, and what is said when its index is not there.</summary>
public static partial class BundleFiles
{
    // Enough to find a neighbour worth naming; a folder may hold thousands of checkpoints.
    private const int ListedMax = 10_000;

    /// <summary>A file in messages: the store's address and the blob's name.</summary>
    internal static string Describe(IBlobStore store, string name) => $"{store.Address.TrimEnd('/')}/{name}";

    /// <summary>Why there is no index under <paramref name="prefix"/>, as far as its neighbours tell.</summary>
    internal static async ValueTask<CheckpointException> ExplainMissingIndexAsync(IBlobStore store, CheckpointPrefix prefix, CancellationToken cancellationToken)
    {
        string index = Describe(store, prefix.IndexName);
        if (CheckpointPrefix.FileNameFault(prefix.Value) is { } fault)
        {
            return new CheckpointException(CheckpointError.NotFound, $"'{prefix}' {fault} (there is no '{index}').");
        }

        List<string> prefixes = [];
        bool hasData = false;
        int listed = 0;
        await foreach (BlobProperties blob in store.ListAsync(prefix.Folder, cancellationToken).ConfigureAwait(false))
        {
            bool isNamed = blob.Name == prefix.Value;
            if ((isNamed || IsV1Name(blob.Name, prefix.Value)) && await IsTableAsync(store, blob, cancellationToken).ConfigureAwait(false))
            {
                return new CheckpointException(
                    CheckpointError.Unsupported,
                    $"'{Describe(store, blob.Name)}' looks like a V1 checkpoint (TensorFlow before 0.12; it has no .index file), "
                    + "which Cairn does not read; load it in TensorFlow 1.x and save it with write_version=V2.");
            }

            if (isNamed)
            {
                return NoPrefix(prefix);
            }

            hasData |= blob.Name.StartsWith(prefix.Value + ".data-", StringComparison.Ordinal);
            if (blob.Name.EndsWith(".index", StringComparison.Ordinal))
            {
                prefixes.Add(blob.Name[..^".index".Length]);
            }

            if (++listed == ListedMax)
            {
                break;
            }
        }

        return new CheckpointException(
            CheckpointError.NotFound,
            hasData
                ? $"There is no checkpoint '{prefix}': its data files are there, but '{index}' is not; "
                    + "the save was not finished, or the index was not copied along."
                : $"There is no checkpoint '{prefix}': no file '{index}'{NearestNames.Hint(prefix.Value, prefixes)}.");
    }

    /// <summary>A data file that is not there.</summary>
    internal static CheckpointException MissingData(IBlobStore store, string name, int shardCount, string needer) => new(
        CheckpointError.NotFound,
        $"Data file '{Describe(store, name)}' is missing, and '{needer}' lies in it; the checkpoint has {shardCount} data file(s), copy all of them.");

    /// <summary>Why a data file that ends too early cannot be read.</summary>
    internal static string TooShort(BundlePart part, BlobProperties file) =>
        $"'{part}' lies at bytes {part.Entry.Data.OffsetBytes} to {part.Entry.Data.EndBytes}, but the file has only {file.LengthBytes}: it is truncated";

    /// <summary>Refuses a file that is a Git LFS pointer. Only files as short as a pointer are read.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Unsupported"/>: it is one; the message says how to fetch the file.</exception>
    public static async ValueTask RefuseLfsPointerAsync(IBlobStore store, BlobProperties file, CancellationToken cancellationToken)
    {
        if (file.LengthBytes > GitLfsPointer.LengthBytesMax)
        {
            return;
        }

        byte[] bytes = new byte[file.LengthBytes];
        await store.ReadAsync(file.Name, 0, bytes, file.ETag, cancellationToken).ConfigureAwait(false);
        if (GitLfsPointer.Is(bytes))
        {
            throw GitLfsPointer.Refusal(Describe(store, file.Name));
        }
    }

    /// <summary>True when the file ends like a table. A V1 checkpoint is one file that does.</summary>
    internal static async ValueTask<bool> IsTableAsync(IBlobStore store, BlobProperties file, CancellationToken cancellationToken)
    {
        if (file.LengthBytes < TableFormat.FooterBytes)
        {
            return false;
        }

        byte[] magic = new byte[sizeof(ulong)];
        await store.ReadAsync(file.Name, file.LengthBytes - magic.Length, magic, file.ETag, cancellationToken).ConfigureAwait(false);
        return BinaryPrimitives.ReadUInt64LittleEndian(magic) == TableFormat.Magic;
    }

    private static CheckpointException NoPrefix(CheckpointPrefix prefix) => new(
        CheckpointError.InvalidArgument,
        prefix.FileName == CheckpointState.FileNameDefault
            ? $"'{prefix}' is the state file of a folder, not a checkpoint's prefix; give the folder to 'latest'."
            : $"'{prefix}' is a file, not a checkpoint's prefix; give the name of its files without '.index' or '.data-...'.");

    // A V1 checkpoint is PREFIX itself or PREFIX-00000-of-00001, which state files of the time name PREFIX-?????-of-00001.
    private static bool IsV1Name(string name, string prefix)
    {
        string stem = V1Pattern().Replace(prefix, "");
        return stem.Length > 0 && !stem.EndsWith('/') && name.StartsWith(stem, StringComparison.Ordinal) && V1Shard().IsMatch(name[stem.Length..]);
    }

    [GeneratedRegex(@"-\?{5}-of-\d{5}$", RegexOptions.CultureInvariant)]
    private static partial Regex V1Pattern();

    [GeneratedRegex(@"^-\d{5}-of-\d{5}$", RegexOptions.CultureInvariant)]
    private static partial Regex V1Shard();
}
