using Cairn.Format.Blobs;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Cuts a stream of bytes into blocks and stages them, several at the same time. One caller at a
/// time. The first fault ends all of it, and is the one that is thrown.</summary>
internal sealed class BlockStager : IAsyncDisposable
{
    private readonly IBlobUpload _upload;
    private readonly BlockPool _blocks;
    private readonly WorkProgress _progress;
    private readonly CancellationToken _given;
    private readonly CancellationTokenSource _fault;
    private readonly List<Task> _staging = [];
    private byte[]? _block;
    private int _filledBytes;
    private int _ordinal;
    private long _offsetBytes;

    public BlockStager(IBlobUpload upload, BlockPool blocks, WorkProgress progress, CancellationToken cancellationToken)
    {
        _upload = upload;
        _blocks = blocks;
        _progress = progress;
        _given = cancellationToken;
        _fault = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>Appends bytes, which may be reused once this returns.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            _block ??= await RentAsync().ConfigureAwait(false);
            int length = Math.Min(bytes.Length, _block.Length - _filledBytes);
            bytes.Span[..length].CopyTo(_block.AsSpan(_filledBytes));
            bytes = bytes[length..];
            _filledBytes += length;
            if (_filledBytes == _block.Length)
            {
                Stage();
            }
        }
    }

    /// <summary>Stages what is left, and waits until all is staged.</summary>
    public async ValueTask FinishAsync()
    {
        if (_filledBytes > 0)
        {
            Stage();
        }

        await Task.WhenAll(_staging).ConfigureAwait(false);
    }

    /// <summary>Ends what still runs, so that the upload and the blocks are free.</summary>
    public async ValueTask DisposeAsync()
    {
        await _fault.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_staging).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_block is not null)
        {
            _blocks.Return(_block);
            _block = null;
        }

        _fault.Dispose();
    }

    private async ValueTask<byte[]> RentAsync()
    {
        try
        {
            return await _blocks.RentAsync(_fault.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_given.IsCancellationRequested)
        {
            await Task.WhenAll(_staging).ConfigureAwait(false); // Throws the fault that cancelled the wait.
            throw;
        }
    }

    private void Stage()
    {
        _staging.Add(StageAsync(_ordinal, _offsetBytes, _block!, _filledBytes));
        _ordinal++;
        _offsetBytes += _filledBytes;
        _block = null;
        _filledBytes = 0;
    }

    private async Task StageAsync(int ordinal, long offsetBytes, byte[] block, int lengthBytes)
    {
        try
        {
            await _upload.StageAsync(ordinal, offsetBytes, block.AsMemory(0, lengthBytes), _fault.Token).ConfigureAwait(false);
            _progress.Add(lengthBytes);
        }
        catch
        {
            await _fault.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _blocks.Return(block);
        }
    }
}
