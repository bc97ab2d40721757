using Cairn.Format.Blobs;

namespace Cairn.Testing.Faults;

/// <summary>An upload whose stagings and commit are counted among the operations of its store.</summary>
internal sealed class FaultInjectingBlobUpload(FaultInjectingBlobStore store, string name, IBlobUpload upload) : IBlobUpload
{
    public async ValueTask StageAsync(int ordinal, long offsetBytes, ReadOnlyMemory<byte> block, CancellationToken cancellationToken) =>
        await store.RunAsync($"Stage {name} {ordinal}", async () =>
        {
            await upload.StageAsync(ordinal, offsetBytes, block, cancellationToken).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);

    public ValueTask<BlobETag?> TryCommitAsync(BlobCondition condition, CancellationToken cancellationToken) =>
        store.RunAsync($"TryCommit {name}", () => upload.TryCommitAsync(condition, cancellationToken), cancellationToken, isRepeatable: false);

    /// <summary>Not counted. A dead process disposes of nothing: what it staged stays where it is.</summary>
    public ValueTask DisposeAsync() => store.IsDead ? default : upload.DisposeAsync();
}
