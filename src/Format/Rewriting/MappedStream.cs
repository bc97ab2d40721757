using System.Buffers;
using Cairn.Format.Errors;
using Cairn.Format.Streams;

namespace Cairn.Format.Rewriting;

/// <summary>A tensor made of others, element by element: equally long pieces of all inputs become a piece of the output. It owns the inputs.</summary>
/// <param name="inputs">Streams of equally many elements of one size.</param>
/// <param name="inputUnit">The bytes of one of their elements.</param>
/// <param name="outputUnit">The bytes of an element of the output.</param>
/// <param name="map">Makes a piece.</param>
internal sealed class MappedStream(IReadOnlyList<Stream> inputs, int inputUnit, int outputUnit, MappedStream.Map map) : ForwardStream
{
    /// <summary>Elements in a piece: small enough for the inputs of a mean of ten to stay in the cache.</summary>
    private const int PieceElements = 32 << 10;

    private readonly ReadOnlyMemory<byte>[] _pieces = new ReadOnlyMemory<byte>[inputs.Count];
    private byte[][]? _buffers;
    private byte[]? _output;
    private int _at;
    private int _filled;
    private long _element;

    /// <summary>Makes a piece of the output.</summary>
    /// <param name="element">The number of its first element.</param>
    /// <param name="inputs">The same elements of each input.</param>
    /// <param name="output">Receives the piece.</param>
    public delegate void Map(long element, ReadOnlySpan<ReadOnlyMemory<byte>> inputs, Span<byte> output);

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_at == _filled)
        {
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }

        int length = Math.Min(buffer.Length, _filled - _at);
        _output.AsMemory(_at, length).CopyTo(buffer);
        _at += length;
        return length;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (Stream input in inputs)
        {
            input.Dispose();
        }

        foreach (byte[] buffer in (_buffers ?? []).Append(_output).OfType<byte[]>())
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        (_buffers, _output, _at, _filled) = (null, null, 0, 0);
        base.Dispose(disposing);
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        _buffers ??= [.. inputs.Select(_ => ArrayPool<byte>.Shared.Rent(PieceElements * inputUnit))];
        _output ??= ArrayPool<byte>.Shared.Rent(PieceElements * outputUnit);
        int read = 0;
        for (int number = 0; number < inputs.Count; number++)
        {
            Memory<byte> buffer = _buffers[number].AsMemory(0, PieceElements * inputUnit);
            int length = await inputs[number].ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (length % inputUnit != 0 || (number > 0 && length != read))
            {
                throw new CheckpointException(CheckpointError.Corrupt, $"Tensors of equal shape are not equally long: element {_element} and what follows is missing.");
            }

            read = length;
            _pieces[number] = buffer[..length];
        }

        int elements = read / inputUnit;
        (_at, _filled) = (0, elements * outputUnit);
        map(_element, _pieces, _output.AsSpan(0, _filled));
        _element += elements;
    }
}
