using System.Text;

namespace Cairn.Chaos.Proxies;

/// <summary>Takes lines and bytes from a connection and keeps them until the message is whole.</summary>
internal sealed class HttpReader(Stream stream)
{
    private const int MessageBytesMax = 64 << 20;
    private const int ReadBytes = 16 << 10;

    private byte[] _buffer = new byte[ReadBytes];
    private int _filled;

    /// <summary>How many bytes of the present message were taken.</summary>
    public int Taken { get; private set; }

    /// <summary>The first bytes of the present message as text.</summary>
    public string Text(int length) => Encoding.Latin1.GetString(_buffer, 0, length);

    /// <summary>Takes a line, without its end; null when the connection ended before it began.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        int searched = Taken;
        int end;
        while ((end = Array.IndexOf(_buffer, (byte)'\n', searched, _filled - searched)) < 0)
        {
            searched = _filled;
            if (!await FillAsync(cancellationToken))
            {
                return _filled == 0 ? null : throw new EndOfStreamException("The connection ended in the middle of a line.");
            }
        }

        string line = Encoding.Latin1.GetString(_buffer, Taken, end - Taken).TrimEnd('\r');
        Taken = end + 1;
        return line;
    }

    /// <summary>Takes so many bytes.</summary>
    public async Task ReadAsync(int count, CancellationToken cancellationToken)
    {
        while (_filled - Taken < count)
        {
            if (!await FillAsync(cancellationToken))
            {
                throw new EndOfStreamException("The connection ended in the middle of a body.");
            }
        }

        Taken += count;
    }

    /// <summary>The bytes of the message; the next one begins behind them.</summary>
    public byte[] Take()
    {
        byte[] message = _buffer[..Taken];
        _filled -= Taken;
        Array.Copy(_buffer, Taken, _buffer, 0, _filled);
        Taken = 0;
        return message;
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_filled == _buffer.Length)
        {
            if (_buffer.Length >= MessageBytesMax)
            {
                throw new InvalidDataException($"A message of more than {MessageBytesMax} bytes.");
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read = await stream.ReadAsync(_buffer.AsMemory(_filled), cancellationToken);
        _filled += read;
        return read > 0;
    }
}
