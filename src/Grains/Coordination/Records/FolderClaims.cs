using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Records;

/// <summary>A folder of checkpoints belongs to one model, so that no two models write one state file.</summary>
internal sealed class FolderClaims(IBlobStore store)
{
    private const int LengthBytesMax = 16 << 10;

    /// <summary>Where the claim of a folder (with its trailing <c>/</c>, empty at the root) is.</summary>
    public static string NameOf(string folder) => OwnFolder.Path + "folders/" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)));

    /// <summary>The model that has claimed the folder, or null.</summary>
    public async ValueTask<string?> OwnerAsync(string folder, CancellationToken cancellationToken) => (await ReadAsync(folder, cancellationToken))?.Model;

    /// <summary>Claims a folder for a model that has already noted it in its record. Doing it again changes nothing.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: another model has it.</exception>
    public async ValueTask ClaimAsync(string folder, string model, CancellationToken cancellationToken)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(new FolderClaim(folder, model), RecordJson.Default.FolderClaim);
        if (await OwnerAsync(folder, cancellationToken) is null)
        {
            await store.TryWriteAsync(NameOf(folder), bytes, BlobCondition.IfAbsent, cancellationToken);
        }

        string owner = await OwnerAsync(folder, cancellationToken)
            ?? throw new CheckpointException(
                CheckpointError.TryAgain, $"The claim of folder '{folder}' was released while model '{model}' took it; try again.");
        Refuse(folder, model, owner);
    }

    /// <summary>Refuses a folder that another model has.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>.</exception>
    public static void Refuse(string folder, string model, string? owner)
    {
        if (owner is not null && owner != model)
        {
            throw new CheckpointException(
                CheckpointError.AlreadyExists,
                $"Folder '{(folder.Length == 0 ? "/" : folder)}' holds the checkpoints of model '{owner}', so '{model}' may not save there: "
                    + $"give another folder, or delete model '{owner}'.");
        }
    }

    /// <summary>Gives a folder up, if the model has it.</summary>
    public async ValueTask ReleaseAsync(string folder, string model, CancellationToken cancellationToken)
    {
        BlobContent? content = await store.TryReadAsync(NameOf(folder), LengthBytesMax, cancellationToken);
        if (content is not null && Parse(content, folder).Model == model)
        {
            await store.DeleteAsync(NameOf(folder), content.ETag, cancellationToken);
        }
    }

    private async ValueTask<FolderClaim?> ReadAsync(string folder, CancellationToken cancellationToken) =>
        await store.TryReadAsync(NameOf(folder), LengthBytesMax, cancellationToken) is { } content ? Parse(content, folder) : null;

    private FolderClaim Parse(BlobContent content, string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(content.Bytes.Span, RecordJson.Default.FolderClaim) ?? throw new JsonException("it is null");
        }
        catch (JsonException fault)
        {
            throw new CheckpointException(
                CheckpointError.Corrupt, $"'{NameOf(folder)}' in {store.Address}, the claim of folder '{folder}', cannot be read: {fault.Message}", fault);
        }
    }
}
