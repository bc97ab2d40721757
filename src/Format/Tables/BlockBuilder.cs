using System.Buffers;
using Cairn.Format.Wire;

namespace Cairn.Format.Tables;

/// <summary>Builds the payload of one block.</summary>
/// <remarks><code>
/// block  = entry* restart* fixed32 restart-count      ; an empty block has the one restart 0
/// entry  = varint32 shared, varint32 unshared, varint32 value-length, key suffix, value
/// restart = fixed32 offset of an entry whose shared is 0
/// </code>Source: tensorflow/core/lib/io/block_builder.cc.</remarks>
internal sealed class BlockBuilder(int restartInterval)
{
    private readonly ArrayBufferWriter<byte> _payload = new();
    private readonly List<uint> _restarts = [0];
    private readonly KeyBuffer _last = new();
    private int _entriesSinceRestart;

    /// <summary>True before the first entry.</summary>
    public bool IsEmpty => _payload.WrittenCount == 0;

    /// <summary>The length of the payload if it were finished now.</summary>
    public long LengthBytes => _payload.WrittenCount + (sizeof(uint) * (_restarts.Count + 1L));

    /// <summary>Appends an entry; keys come in ascending order.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int shared = 0;
        if (_entriesSinceRestart < restartInterval)
        {
            shared = key.CommonPrefixLength(_last.Key);
        }
        else
        {
            _restarts.Add((uint)_payload.WrittenCount);
            _entriesSinceRestart = 0;
        }

        _payload.WriteVarint((ulong)shared);
        _payload.WriteVarint((ulong)(key.Length - shared));
        _payload.WriteVarint((ulong)value.Length);
        _payload.Write(key[shared..]);
        _payload.Write(value);
        _last.Set(key);
        _entriesSinceRestart++;
    }

    /// <summary>Ends the block; valid until <see cref="Reset"/>.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        foreach (uint restart in _restarts)
        {
            _payload.WriteFixed32(restart);
        }

        _payload.WriteFixed32((uint)_restarts.Count);
        return _payload.WrittenSpan;
    }

    /// <summary>Begins the next block.</summary>
    public void Reset()
    {
        _payload.ResetWrittenCount();
        _restarts.Clear();
        _restarts.Add(0);
        _last.Set([]);
        _entriesSinceRestart = 0;
    }
}
