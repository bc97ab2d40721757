using System.Buffers;
using System.IO.MemoryMappedFiles;
using Cairn.Format.Errors;

namespace Cairn.Format.Mapping;

/// <summary>A file as memory, for reading: pages come from the disk when they are looked at, and nothing is copied. What is handed out must not be used after
/// <see cref="Dispose"/>.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _begin;

    private MappedFile(string path, long lengthBytes)
    {
        Path = path;
        LengthBytes = lengthBytes;
        if (lengthBytes > 0)
        {
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, lengthBytes, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _begin);
            _begin += _view.PointerOffset;
        }
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Its length when it was mapped.</summary>
    public long LengthBytes { get; }

    private bool IsDisposed { get; set; }

    /// <summary>Maps a file, or returns null if there is none.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AccessDenied"/> or <see cref="CheckpointError.StoreUnavailable"/>.</exception>
    public static MappedFile? TryOpen(string path)
    {
        try
        {
            var info = new FileInfo(path);
            return info.Exists ? new MappedFile(path, info.Length) : null;
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new CheckpointException(CheckpointError.AccessDenied, $"'{path}' may not be read: {fault.Message}", fault);
        }
        catch (IOException fault)
        {
            throw new CheckpointException(CheckpointError.StoreUnavailable, $"'{path}' cannot be mapped: {fault.Message}", fault);
        }
    }

    /// <summary>Some bytes of the file, which must lie in it; not copied.</summary>
    public ReadOnlySpan<byte> Span(long offsetBytes, int lengthBytes)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (offsetBytes < 0 || offsetBytes > LengthBytes - lengthBytes)
        {
            throw CheckpointException.Corrupt(
                Path, LengthBytes, $"bytes {offsetBytes} to {offsetBytes + lengthBytes} are wanted, but the file has only {LengthBytes}: it is truncated");
        }

        return new ReadOnlySpan<byte>(_begin + offsetBytes, lengthBytes);
    }

    /// <summary>Some bytes of the file as memory that may be kept, until the file is disposed.</summary>
    public ReadOnlyMemory<byte> Memory(long offsetBytes, int lengthBytes)
    {
        Span(offsetBytes, lengthBytes);
        return new Window(this, offsetBytes, lengthBytes).Memory;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsDisposed)
        {
            return;
        }

        IsDisposed = true;
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }

    private sealed class Window(MappedFile file, long offsetBytes, int lengthBytes) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan()
        {
            ReadOnlySpan<byte> span = file.Span(offsetBytes, lengthBytes);
            return System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(span), span.Length);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            GetSpan();
            return new MemoryHandle(file._begin + offsetBytes + elementIndex);
        }

        public override void Unpin()
        {
            // Mapped memory does not move.
        }

        protected override void Dispose(bool disposing)
        {
            // The mapping belongs to the file.
        }
    }
}
