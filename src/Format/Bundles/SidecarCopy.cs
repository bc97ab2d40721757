using System.Security.Cryptography;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Format.Sidecars;

namespace Cairn.Format.Bundles;

/// <summary>The sidecar of a copied checkpoint: it goes along if the copy's index has the bytes that it describes.</summary>
/// <param name="Outcome">Whether it does.</param>
/// <param name="Bytes">What is written for the copy; empty if nothing.</param>
internal sealed record SidecarCopy(SidecarOutcome Outcome, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Reads the sidecar of <paramref name="source"/>.</summary>
    /// <param name="source">The checkpoint that is copied.</param>
    /// <param name="destination">The copy's name; the digests name its files.</param>
    /// <param name="index">The copy's index.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<SidecarCopy> ReadAsync(
        BundleLocation source, CheckpointPrefix destination, ReadOnlyMemory<byte> index, CancellationToken cancellationToken)
    {
        BlobContent? content = await source.Store.TryReadAsync(source.Prefix.SidecarName, Sidecar.LengthBytesMax, cancellationToken).ConfigureAwait(false);
        if (content is null)
        {
            return new SidecarCopy(SidecarOutcome.Absent, default);
        }

        try
        {
            Sidecar sidecar = Sidecar.Parse(content.Bytes.Span, source.Prefix.SidecarName);
            if (!sidecar.IndexSha256.Equals(Convert.ToHexString(SHA256.HashData(index.Span)), StringComparison.OrdinalIgnoreCase))
            {
                return new SidecarCopy(SidecarOutcome.LeftOut, default);
            }

            // Under the same file name its own bytes, fields of a newer version included.
            string from = source.Prefix.FileName;
            string to = destination.FileName;
            return new SidecarCopy(SidecarOutcome.Copied, from == to ? content.Bytes : Renamed(sidecar, from, to).ToUtf8());
        }
        catch (CheckpointException fault) when (fault.Error is CheckpointError.Corrupt or CheckpointError.Unsupported)
        {
            return new SidecarCopy(SidecarOutcome.LeftOut, default); // The checkpoint can be read without it.
        }
    }

    /// <summary>What is published before the index.</summary>
    public IEnumerable<(string Name, BundlePublication.Publish Publish)> Files(BundleLocation destination)
    {
        if (Outcome == SidecarOutcome.Copied)
        {
            string name = destination.Prefix.SidecarName;
            yield return (name, condition => destination.Store.TryWriteAsync(name, Bytes, condition, CancellationToken.None));
        }
    }

    private static Sidecar Renamed(Sidecar sidecar, string from, string to) => sidecar with
    {
        Digests = [.. sidecar.Digests.Select(digest => digest.File.StartsWith(from + ".", StringComparison.Ordinal)
            ? digest with { File = to + digest.File[from.Length..] } : digest)],
    };
}
