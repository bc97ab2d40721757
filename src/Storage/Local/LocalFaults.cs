using System.Runtime.InteropServices;
using Cairn.Format.Errors;

namespace Cairn.Storage.Local;

/// <summary>What the operating system says, in the words of the storage port: the kind, the path, and the remedy.</summary>
internal static class LocalFaults
{
    private const string Permission = "Give this user the permission, or choose another store.";
    private const string Removed = "It was removed while it was written to; do that again.";
    private const string Full = "The disk is full: free some room, or choose another store.";
    private const string Unknown = "Look after the disk or the mount, then try again.";

    /// <summary>Runs what may block off the caller's thread, and translates its faults.</summary>
    public static Task<T> RunAsync<T>(string path, Func<T> work) => Task.Run(() =>
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (IsFileFault(fault))
        {
            throw Translate(path, fault);
        }
    });

    /// <inheritdoc cref="RunAsync{T}"/>
    public static Task RunAsync(string path, Action work) => RunAsync(path, () =>
    {
        work();
        return true;
    });

    /// <summary>Whether another process has a file open in a way that excludes ours.</summary>
    public static bool IsHeldByAnother(IOException fault) =>
        Number(fault) is var number && (OperatingSystem.IsWindows()
            ? number is 0x20 or 0x21 // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
            : number is 11 or 35); // EWOULDBLOCK (Linux, macOS)

    public static bool IsFileFault(Exception fault) => fault is IOException or UnauthorizedAccessException;

    /// <summary>The last error of a call into the C library, as .NET would raise it.</summary>
    public static IOException LastError(string what)
    {
        int number = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {what}: {Marshal.GetPInvokeErrorMessage(number)}", number);
    }

    public static CheckpointException Translate(string path, Exception fault)
    {
        (CheckpointError error, string remedy) = Classify(fault);
        return new CheckpointException(error, $"'{path}': {fault.Message.TrimEnd('.')}. {remedy}", fault);
    }

    private static (CheckpointError Error, string Remedy) Classify(Exception fault) => fault switch
    {
        UnauthorizedAccessException => (CheckpointError.AccessDenied, Permission),
        PathTooLongException => (CheckpointError.InvalidArgument, "Choose a shorter name or a store nearer to the root."),
        _ when OperatingSystem.IsWindows() => ClassifyWindows(Number(fault)),
        _ => ClassifyUnix(Number(fault)),
    };

    private static (CheckpointError Error, string Remedy) ClassifyUnix(int number) => number switch
    {
        2 => (CheckpointError.Aborted, Removed), // ENOENT
        1 or 13 => (CheckpointError.AccessDenied, Permission), // EPERM, EACCES
        30 => (CheckpointError.AccessDenied, "The file system is mounted read-only: mount it for writing, or choose another store."), // EROFS
        28 => (CheckpointError.StoreFull, Full), // ENOSPC
        122 or 69 => (CheckpointError.StoreFull, "The disk quota is used up: free some room, or raise the quota."), // EDQUOT (Linux, macOS)
        27 => (CheckpointError.StoreFull, "The file system or the process (ulimit -f) allows no file of this length."), // EFBIG
        23 or 24 => (CheckpointError.StoreUnavailable, "Too many files are open: raise the limit (ulimit -n)."), // ENFILE, EMFILE
        20 => (CheckpointError.InvalidArgument, "A part of the path is a file, not a folder: choose another name."), // ENOTDIR
        21 or 39 or 66 => (CheckpointError.InvalidArgument, "A folder has this name: choose another one."), // EISDIR, ENOTEMPTY (Linux, macOS)
        40 or 62 => (CheckpointError.InvalidArgument, "Links in the path lead in a circle."), // ELOOP (Linux, macOS)
        _ => (CheckpointError.StoreUnavailable, Unknown),
    };

    private static (CheckpointError Error, string Remedy) ClassifyWindows(int number) => number switch
    {
        2 or 3 => (CheckpointError.Aborted, Removed), // ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND
        0x13 => (CheckpointError.AccessDenied, "The disk is protected against writing: choose another store."), // ERROR_WRITE_PROTECT
        0x27 or 0x70 => (CheckpointError.StoreFull, Full), // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
        _ => (CheckpointError.StoreUnavailable, Unknown),
    };

    // .NET keeps the number of the operating system as the HResult (Unix), or in its lower half (Windows).
    private static int Number(Exception fault) => fault.HResult & 0xFFFF;
}
