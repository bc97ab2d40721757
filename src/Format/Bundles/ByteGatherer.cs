using Cairn.Format.Wire;

namespace Cairn.Format.Bundles;

/// <summary>Puts together a varint or a word that may be cut by the border of two blocks.</summary>
internal sealed class ByteGatherer
{
    private readonly byte[] _bytes = new byte[Varint.LengthMax];
    private int _count;

    /// <summary>Moves bytes over until there are <paramref name="count"/>. False when more are needed; then <paramref name="bytes"/> is empty.</summary>
    public bool TryGather(int count, ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> word)
    {
        int taken = Math.Min(count - _count, bytes.Length);
        bytes[..taken].CopyTo(_bytes.AsSpan(_count));
        bytes = bytes[taken..];
        _count += taken;
        word = _bytes.AsSpan(0, count);
        if (_count < count)
        {
            return false;
        }

        _count = 0;
        return true;
    }

    /// <summary>Moves bytes over until they are a varint. False when more are needed; <paramref name="value"/> is null for a varint that is too long or not in
    /// its shortest form.</summary>
    public bool TryGatherVarint(ref ReadOnlySpan<byte> bytes, out ulong? value)
    {
        value = null;
        while (!bytes.IsEmpty)
        {
            byte group = bytes[0];
            bytes = bytes[1..];
            _bytes[_count++] = group;
            if (group >= 0x80 && _count < Varint.LengthMax)
            {
                continue;
            }

            if (Varint.TryRead(_bytes.AsSpan(0, _count), out ulong read, out int length) && Varint.LengthOf(read) == length)
            {
                value = read;
            }

            _count = 0;
            return true;
        }

        return false;
    }
}
