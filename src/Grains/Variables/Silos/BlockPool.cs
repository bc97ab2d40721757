using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Variables.Silos;

/// <summary>The buffers through which bytes pass to and from the store, for all writers and loaders of the silo:
/// their number is the limit of bytes in flight. Nobody waits for one while holding one.</summary>
internal sealed class BlockPool(IOptions<VariablesOptions> options)
{
    private readonly ConcurrentBag<byte[]> _free = [];
    private readonly SemaphoreSlim _left = new((int)Math.Min(int.MaxValue, options.Value.InFlightBytesMax / options.Value.BlockBytes));

    /// <summary>The length of a block.</summary>
    public int BlockBytes => options.Value.BlockBytes;

    /// <summary>How many blocks there may be.</summary>
    public int BlocksMax { get; } = (int)Math.Min(int.MaxValue, options.Value.InFlightBytesMax / options.Value.BlockBytes);

    /// <summary>Waits for a block; to be given back with <see cref="Return"/>.</summary>
    public async ValueTask<byte[]> RentAsync(CancellationToken cancellationToken)
    {
        await _left.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _free.TryTake(out byte[]? block) ? block : GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
    }

    /// <summary>Gives a block back.</summary>
    public void Return(byte[] block)
    {
        _free.Add(block);
        _left.Release();
    }
}
