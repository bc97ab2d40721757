using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Cuts pages into blocks, stages these, several at the same time, and compares what was staged with the checksums of the pages. One caller at a
/// time. The first fault ends all of it, and is the one that is thrown.</summary>
internal sealed class BlockStager : IAsyncDisposable
{
    private readonly IBlobUpload _upload;
    private readonly BlockPool _blocks;
    private readonly WorkProgress _progress;
    private readonly Func<PageCheck, uint, CheckpointException> _changed;
    private readonly CancellationToken _given;
    private readonly CancellationTokenSource _fault;
    private readonly List<Task> _staging = [];
    private FilledBlock? _block;
    private int _ordinal;
    private long _offsetBytes;

    /// <summary>Begins with the first block.</summary>
    /// <param name="upload">Takes the blocks.</param>
    /// <param name="blocks">Where their buffers are from.</param>
    /// <param name="progress">Counts what is staged.</param>
    /// <param name="changed">What to throw of a page whose staged bytes are not its own, and of their checksum.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public BlockStager(
        IBlobUpload upload,
        BlockPool blocks,
        WorkProgress progress,
        Func<PageCheck, uint, CheckpointException> changed,
        CancellationToken cancellationToken)
    {
        _upload = upload;
        _blocks = blocks;
        _progress = progress;
        _changed = changed;
        _given = cancellationToken;
        _fault = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>Appends the bytes of a page, which may be released once this returns.</summary>
    public async ValueTask AppendAsync(PageCheck page, ReadOnlyMemory<byte> bytes)
    {
        for (int done = 0; done < bytes.Length;)
        {
            _block ??= new FilledBlock(await RentAsync().ConfigureAwait(false));
            done += _block.Fill(page, done, bytes.Span[done..]);
            if (_block.IsFull)
            {
                Stage(_block);
            }
        }
    }

    /// <summary>Stages what is left, and waits until all is staged.</summary>
    public async ValueTask FinishAsync()
    {
        if (_block is not null)
        {
            Stage(_block);
        }

        await Task.WhenAll(_staging).ConfigureAwait(false);
    }

    /// <summary>Ends what still runs, so that the upload and the blocks are free.</summary>
    public async ValueTask DisposeAsync()
    {
        _fault.Cancel();
        await Task.WhenAll(_staging).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_block is not null)
        {
            _blocks.Return(_block.Buffer);
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

    private void Stage(FilledBlock block)
    {
        _block = null;
        _staging.Add(StageAsync(_ordinal, _offsetBytes, block));
        _ordinal++;
        _offsetBytes += block.LengthBytes;
    }

    private async Task StageAsync(int ordinal, long offsetBytes, FilledBlock block)
    {
        try
        {
            await _upload.StageAsync(ordinal, offsetBytes, block.Bytes, _fault.Token).ConfigureAwait(false);

            // After the staging, not before: so what changes the block while it is sent, or sent again, is found too. A staged block is no blob yet.
            block.Compare(_changed);
            _progress.Add(block.LengthBytes);
        }
        catch
        {
            _fault.Cancel();
            throw;
        }
        finally
        {
            _blocks.Return(block.Buffer);
        }
    }
}
