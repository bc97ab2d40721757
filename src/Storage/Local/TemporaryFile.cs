using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Storage.Local;

/// <summary>A blob in the making: a file in the blob's own folder, under a name that listing hides. Published whole, or removed when disposed; a crash may
/// leave it.</summary>
/// <remarks>It is locked while its writer lives, which is how a sweep tells it from a stray one.</remarks>
internal sealed class TemporaryFile : IDisposable
{
    /// <summary>How temporary names begin.</summary>
    public const string NamePrefix = BlobName.ReservedPartPrefix + "tmp-";

    private const int ErrNoSuchCall = 38; // ENOSYS: some FUSE file systems know no link(2).
    private const int ErrLinksMax = 31; // EMLINK.

    // A file is locked a moment after it is made, and let go a moment before it is published: what is this old is in neither moment.
    private static readonly TimeSpan StrayAge = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _time;

    private TemporaryFile(string path, SafeFileHandle handle, TimeProvider time) => (Path, Handle, _time) = (path, handle, time);

    public string Path { get; }

    public SafeFileHandle Handle { get; }

    public static TemporaryFile Create(string folder, Guid attempt, TimeProvider time)
    {
        Folders.Ensure(folder);
        string path = System.IO.Path.Combine(folder, $"{NamePrefix}{attempt:N}-{Guid.NewGuid():N}");

        // .NET's sharing modes are advisory locks too; ours replaces them until the file is published, so that no reader is locked out.
        SafeFileHandle handle = File.OpenHandle(
            path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        var file = new TemporaryFile(path, handle, time);
        file.Lock();
        return file;
    }

    /// <summary>Removes what writers that died have left in a folder.</summary>
    public static void Sweep(string folder, TimeProvider time)
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(folder))
        {
            return;
        }

        foreach (string path in Directory.EnumerateFiles(folder, NamePrefix + "*"))
        {
            if (FileStamp.TryOf(path) is { } stamp && time.GetUtcNow() - stamp.Modified > StrayAge)
            {
                using SafeFileHandle handle = Unix.OpenPlainly(path);
                if (!handle.IsInvalid && Unix.TryLock(handle) == true)
                {
                    File.Delete(path);
                }
            }
        }
    }

    /// <summary>Takes in all bytes of another file, shared or copied by the system. Returns how many there are.</summary>
    public long FillFrom(string source)
    {
        Unlock(); // File.Copy wants the lock for itself.
        File.Copy(source, Path, overwrite: true);
        Lock();
        return RandomAccess.GetLength(Handle);
    }

    /// <summary>Fixes the length, names the writing, and makes the bytes durable. Nothing is written afterwards.</summary>
    public void Seal(long lengthBytes)
    {
        RandomAccess.SetLength(Handle, lengthBytes);
        FileStamp.Renew(Handle, _time.GetUtcNow(), replaced: null);
        RandomAccess.FlushToDisk(Handle);
    }

    /// <summary>Gives the sealed file its name, if <paramref name="condition"/> holds. The caller holds the folder's lock.</summary>
    public BlobETag? TryPublish(string path, BlobCondition condition)
    {
        if (Directory.Exists(path))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{path}' is a folder; choose another name for the file.");
        }

        FileStamp? standing = FileStamp.TryOf(path);
        if (!condition.Holds(standing?.ETag))
        {
            return null;
        }

        if (standing is { } replaced && !FileStamp.Of(Handle).IsAfter(replaced))
        {
            FileStamp.Renew(Handle, _time.GetUtcNow(), replaced);
            RandomAccess.FlushToDisk(Handle);
        }

        // From the open file: by its name, a later writer's could be taken for ours.
        BlobETag etag = FileStamp.Of(Handle).ETag;
        Unlock();
        if (condition.MustBeAbsent)
        {
            return TryPublishNew(path) ? etag : null;
        }

        File.Move(Path, path, overwrite: true);
        return etag;
    }

    public void Dispose()
    {
        Handle.Dispose();
        try
        {
            File.Delete(Path);
        }
        catch (Exception fault) when (LocalFaults.IsFileFault(fault))
        {
            // A stray file is hidden and swept later; the outcome of the write, which the caller learns, is not changed by it.
        }
    }

    private void Lock()
    {
        if (!OperatingSystem.IsWindows())
        {
            Unix.TryLock(Handle);
        }
    }

    private void Unlock()
    {
        if (!OperatingSystem.IsWindows())
        {
            Unix.Unlock(Handle);
        }
    }

    private bool TryPublishNew(string path)
    {
        // link(2) refuses a name that exists, in one step. File.Move without overwriting looks first and renames then: only the folder's lock makes that
        // safe, and only among us.
        int error = OperatingSystem.IsWindows() ? ErrNoSuchCall : Unix.TryLink(Path, path);
        switch (error)
        {
            case 0:
                return true;
            case Unix.ErrExists:
                return false;
            case Unix.ErrNotPermitted or Unix.ErrNotSupportedLinux or Unix.ErrNotSupportedMac or ErrNoSuchCall or ErrLinksMax:
                return TryMoveNew(path);
            case Unix.ErrNotFound:
                throw new FileNotFoundException($"The temporary file '{Path}' is gone.", Path);
            default:
                throw LocalFaults.LastError($"give '{Path}' the name '{path}'");
        }
    }

    private bool TryMoveNew(string path)
    {
        try
        {
            File.Move(Path, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }
}
