namespace Cairn.Format.Tables;

/// <summary>Keeps the last key in memory that is used again for the next.</summary>
internal sealed class KeyBuffer
{
    private byte[] _bytes = new byte[256];
    private int _length;

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key => _bytes.AsSpan(0, _length);

    /// <summary>Takes over another key.</summary>
    public void Set(ReadOnlySpan<byte> key)
    {
        if (key.Length > _bytes.Length)
        {
            _bytes = new byte[Math.Max(key.Length, (int)Math.Min(2L * _bytes.Length, Array.MaxLength))];
        }

        key.CopyTo(_bytes);
        _length = key.Length;
    }
}
