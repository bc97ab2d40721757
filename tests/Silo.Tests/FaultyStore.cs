using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Silo.Tests;

/// <summary>An empty store that refuses everything while <see cref="Fault"/> is set.</summary>
internal sealed class FaultyStore : IBlobStore
{
    public CheckpointException? Fault { get; set; }

    public string Address => "faulty";

    public ValueTask<BlobProperties?> TryGetPropertiesAsync(string name, CancellationToken cancellationToken) => Answer<BlobProperties?>(null);

    public ValueTask<BlobContent?> TryReadAsync(string name, int lengthBytesMax, CancellationToken cancellationToken) => Answer<BlobContent?>(null);

    public ValueTask ReadAsync(string name, long offsetBytes, Memory<byte> destination, BlobETag? expected, CancellationToken cancellationToken) =>
        throw Fault ?? Missing(name);

    public ValueTask<BlobETag?> TryWriteAsync(string name, ReadOnlyMemory<byte> bytes, BlobCondition condition, CancellationToken cancellationToken) =>
        Answer<BlobETag?>(null);

    public ValueTask<IBlobUpload> BeginUploadAsync(string name, Guid attempt, CancellationToken cancellationToken) => throw Fault ?? Missing(name);

    public ValueTask<BlobETag?> TryCopyAsync(
        string source, BlobETag sourceETag, string destination, BlobCondition condition, CancellationToken cancellationToken) =>
        throw Fault ?? Missing(source);

    public ValueTask<BlobDeletion> DeleteAsync(string name, BlobETag? expected, CancellationToken cancellationToken) => throw Fault ?? Missing(name);

    public IAsyncEnumerable<BlobProperties> ListAsync(string prefix, CancellationToken cancellationToken) => AsyncEnumerable.Empty<BlobProperties>();

    private static CheckpointException Missing(string name) => new(CheckpointError.NotFound, $"'faulty' has no blob '{name}'.");

    private ValueTask<T> Answer<T>(T answer) => Fault is null ? new(answer) : throw Fault;
}
