using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Sidecars;
using Cairn.Grains.Coordination.Commits;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Tests.Commits;

/// <summary>A checkpoint whose index is text: the value that was saved, then name and SHA-256 of each of its files (the sidecar has the digest of the index
/// instead). So any reader can tell whether it is whole.</summary>
internal sealed class ToyBundle(Save save, SaveAttempt attempt)
{
    private byte[] Meta => Encoding.UTF8.GetBytes($"meta of {save.Value}");

    public byte[] Data(string name) => Encoding.UTF8.GetBytes($"{name} of {save.Value}");

    public SaveContent ToContent(ImmutableArray<WrittenFile> data)
    {
        IEnumerable<string> lines = attempt.Files.Select(file => file.Name + " " + file.Kind switch
        {
            AttemptFileKind.Data => Sha(Data(file.Name)),
            AttemptFileKind.Meta => Sha(Meta),
            _ => "sidecar",
        });
        byte[] index = Encoding.UTF8.GetBytes(string.Join('\n', lines.Prepend(save.Value)));
        SaveStamp stamp = attempt.Stamp;
        var sidecar = new Sidecar(
            Sidecar.FormatVersionCurrent, Coordinator.Model, attempt.Id, stamp.Generation, stamp.Epoch, stamp.Cut, null, [], [], [], [], Sha(index), []);
        return new SaveContent(data, index, save.WriteMeta ? Meta : null, sidecar.ToUtf8());
    }

    /// <summary>The value that the checkpoint at a prefix holds, or null if there is none.</summary>
    /// <exception cref="InvalidDataException">A file of it is missing or another one.</exception>
    public static async Task<string?> ReadAsync(IBlobStore store, CheckpointPrefix prefix)
    {
        if (await store.TryReadAsync(prefix.IndexName, 1 << 20, default) is not { } index)
        {
            return null;
        }

        string[] lines = Encoding.UTF8.GetString(index.Bytes.Span).Split('\n');
        foreach (string[] line in lines.Skip(1).Select(line => line.Split(' ')))
        {
            BlobContent? file = await store.TryReadAsync(line[0], 1 << 20, default);
            bool isWhole = file is not null && (line[1] == "sidecar"
                ? Sidecar.Parse(file.Bytes.Span, line[0]).IndexSha256 == Sha(index.Bytes.Span)
                : Sha(file.Bytes.Span) == line[1]);
            if (!isWhole)
            {
                throw new InvalidDataException($"'{prefix.IndexName}' of {lines[0]} stands, but '{line[0]}' is {(file is null ? "missing" : "another")}.");
            }
        }

        return lines[0];
    }

    /// <summary>The names of the files of the checkpoint at a prefix.</summary>
    public static async Task<IEnumerable<string>> FilesAsync(IBlobStore store, CheckpointPrefix prefix) =>
        await store.TryReadAsync(prefix.IndexName, 1 << 20, default) is { } index
            ? Encoding.UTF8.GetString(index.Bytes.Span).Split('\n').Skip(1).Select(line => line.Split(' ')[0]).Append(prefix.IndexName)
            : [];

    private static string Sha(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
