using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cairn.Client;

/// <summary>A tensor in the caller's memory as bytes, in pieces: it may be longer than one span. The caller's memory is used in place.</summary>
/// <param name="offsetBytes">Where the piece begins, a multiple of the element size.</param>
/// <param name="lengthBytes">How long it is, a multiple of the element size.</param>
internal delegate Memory<byte> ByteSlices(long offsetBytes, int lengthBytes);

/// <summary>Makes <see cref="ByteSlices"/>.</summary>
internal static class ByteSlicesOf
{
    /// <summary>Bytes as they are.</summary>
    public static ByteSlices Bytes(Memory<byte> bytes) => (offset, length) => bytes.Slice((int)offset, length);

    /// <summary>Elements, little-endian as the machine is (<see cref="CairnClient"/> refuses others).</summary>
    public static ByteSlices Elements<T>(Memory<T> elements)
        where T : unmanaged =>
        (offset, length) => new ElementBytes<T>(elements.Slice((int)(offset / Unsafe.SizeOf<T>()), length / Unsafe.SizeOf<T>())).Memory;

    /// <summary>Elements that are only read. The result is never written to.</summary>
    public static ByteSlices Elements<T>(ReadOnlyMemory<T> elements)
        where T : unmanaged =>
        Elements(MemoryMarshal.AsMemory(elements));

    private sealed class ElementBytes<T>(Memory<T> elements) : MemoryManager<byte>
        where T : unmanaged
    {
        public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(elements.Span);

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            MemoryHandle handle = elements.Pin();
            return new MemoryHandle((byte*)handle.Pointer + elementIndex, default, new Unpinner(handle));
        }

        // The handle that Pin gave out lets go by itself.
        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class Unpinner(MemoryHandle handle) : IPinnable
    {
        private MemoryHandle _handle = handle;

        public MemoryHandle Pin(int elementIndex) => throw new NotSupportedException();

        public void Unpin() => _handle.Dispose();
    }
}
