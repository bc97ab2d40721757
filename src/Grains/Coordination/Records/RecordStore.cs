using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Records;

/// <summary>The records of all models in a store.</summary>
internal sealed class RecordStore(IBlobStore store)
{
    /// <summary>Where a model's record is.</summary>
    public static string NameOf(string model) => OwnFolder.Path + "models/" + model;

    /// <summary>The record and its ETag, or null if the model never had one.</summary>
    public async ValueTask<(CoordinatorRecord Record, BlobETag ETag)?> TryReadAsync(string model, CancellationToken cancellationToken)
    {
        ModelName.Check(model);
        string name = NameOf(model);
        BlobContent? content = await store.TryReadAsync(name, RecordCodec.LengthBytesMax, cancellationToken);
        return content is null ? null : (RecordCodec.Read(content.Bytes.Span, $"{name} in {store.Address}"), content.ETag);
    }

    /// <summary>Writes the record if it still is the writing <paramref name="expected"/> (null: if there is none). Returns its ETag, or null when somebody
    /// else was first.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.LimitExceeded"/>: it grew too long; or the store's fault, after which it may or may
    /// not be written.</exception>
    public ValueTask<BlobETag?> TryWriteAsync(CoordinatorRecord record, BlobETag? expected, CancellationToken cancellationToken)
    {
        ModelName.Check(record.Model);
        return store.TryWriteAsync(NameOf(record.Model), RecordCodec.Write(record), BlobCondition.IfStill(expected), cancellationToken);
    }

    /// <summary>Removes the record if it still is the writing <paramref name="expected"/>. False when it is another.</summary>
    public async ValueTask<bool> TryDeleteAsync(string model, BlobETag expected, CancellationToken cancellationToken)
    {
        ModelName.Check(model);
        return await store.DeleteAsync(NameOf(model), expected, cancellationToken) != BlobDeletion.Changed;
    }
}
