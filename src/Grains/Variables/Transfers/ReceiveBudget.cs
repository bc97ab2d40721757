using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Transfers;

/// <summary>How many bytes of bodies may be on their way to a silo together. A body has its pages before its first byte, so that without a limit of their
/// own senders that promise much and send little would take all of them.</summary>
internal sealed class ReceiveBudget(long bytesMax)
{
    private readonly Lock _lock = new();
    private long _usedBytes;

    /// <summary>Bytes that are taken.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>Takes room for a body. One that is longer than all the room is received alone.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: other bodies have the room.</exception>
    public void Take(long lengthBytes)
    {
        lock (_lock)
        {
            if (_usedBytes > 0 && lengthBytes > bytesMax - _usedBytes)
            {
                throw new CheckpointException(
                    CheckpointError.TryAgain,
                    $"The silo receives {_usedBytes} bytes of bodies, and {lengthBytes} more are over {nameof(VariablesOptions.ReceivedBytesMax)} = " +
                    $"{bytesMax}. Try again shortly, or raise the option.");
            }

            _usedBytes += lengthBytes;
        }
    }

    /// <summary>Gives room back.</summary>
    public void Return(long lengthBytes)
    {
        lock (_lock)
        {
            _usedBytes -= lengthBytes;
        }
    }
}
