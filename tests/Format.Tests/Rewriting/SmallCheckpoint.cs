using Cairn.Format.Bundles;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;
using Cairn.Storage.Memory;

namespace Cairn.Format.Tests.Rewriting;

/// <summary>Checkpoints in memory, to be rewritten.</summary>
internal sealed class SmallCheckpoint
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    public MemoryBlobStore Store { get; } = new();

    public BundleLocation At(string prefix) => new(Store, new CheckpointPrefix(prefix));

    /// <summary>Writes a checkpoint of whole tensors and gives them back as sources.</summary>
    public async Task<TensorSource[]> WriteAsync(string prefix, params (string Name, TensorValue Value)[] tensors)
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(Store, new CheckpointPrefix(prefix), null, Token);
        foreach ((string name, TensorValue value) in tensors)
        {
            await writer.AddAsync(name, value, Token);
        }

        await writer.FinishAsync(Token);
        return await SourcesAsync(prefix);
    }

    public async Task<BundleReader> OpenAsync(string prefix) => await BundleReader.OpenAsync(Store, new CheckpointPrefix(prefix), Token);

    public async Task<TensorSource[]> SourcesAsync(string prefix) => [.. TensorSources.Of(await OpenAsync(prefix))];

    public async Task<T[]> ReadAsync<T>(string prefix, string name)
        where T : unmanaged =>
        (await (await OpenAsync(prefix)).ReadAsync(name, Token)).ToArray<T>();
}
