using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Storage.Local;

/// <summary>The calls of the C library that .NET does not offer.</summary>
internal static unsafe partial class Unix
{
    public const int ErrNotPermitted = 1;
    public const int ErrNotFound = 2;
    public const int ErrExists = 17;
    public const int ErrNotAFolder = 20;
    public const int ErrLinksInACircle = 40; // Linux
    public const int ErrNotSupportedLinux = 95;
    public const int ErrNotSupportedMac = 45;

    private const int OpenReadOnly = 0;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int LockRelease = 8;
    private const int AtFdCwd = -100;
    private const int AtEmptyPath = 0x1000;
    private const uint StatxBasicStats = 0x7FF;

    private const int AdviceDoNotNeed = 4; // Linux

    private static readonly int OpenCloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;
    private static readonly int ErrWouldBlock = OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>Opens a folder or file for locking and flushing, without the lock that .NET adds; the handle is invalid when that fails
    /// (<see cref="Marshal.GetLastPInvokeError"/>).</summary>
    public static SafeFileHandle OpenPlainly(string path) => new(Open(path, OpenReadOnly | OpenCloseOnExec), ownsHandle: true);

    /// <summary>Takes the lock that dies with its holder. False: another holds it. Null: this file system has no such lock.</summary>
    public static bool? TryLock(SafeFileHandle handle) =>
        Flock(handle, LockExclusive | LockNonBlocking) == 0 ? true : Marshal.GetLastPInvokeError() == ErrWouldBlock ? false : null;

    /// <summary>Lets the lock go before the handle is closed.</summary>
    public static void Unlock(SafeFileHandle handle) => Flock(handle, LockRelease);

    /// <summary>Gives a file a second name, which nobody may have. Returns 0 or the error number.</summary>
    public static int TryLink(string existing, string name) => Link(existing, name) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Linux only: inode, length and time of an open file.</summary>
    public static bool TryStat(SafeFileHandle handle, out Statx stat) => StatxCall(handle, "", AtEmptyPath, StatxBasicStats, out stat) == 0;

    /// <summary>Linux only: inode, length and time of what a path names, through links.</summary>
    public static bool TryStat(string path, out Statx stat) => StatxPath(AtFdCwd, path, 0, StatxBasicStats, out stat) == 0;

    /// <summary>Linux only: has the system forget the cached pages of a file that are on the disk already. An advice: what does not help is no fault.</summary>
    public static void DropFromCache(SafeFileHandle handle)
    {
        if (OperatingSystem.IsLinux())
        {
            Fadvise(handle, 0, 0, AdviceDoNotNeed);
        }
    }

    /// <summary>Sets the time of the last write, to the nanosecond.</summary>
    public static bool TrySetModified(SafeFileHandle handle, long seconds, long nanoseconds)
    {
        Timespec* times = stackalloc Timespec[] { new((nint)seconds, (nint)nanoseconds), new((nint)seconds, (nint)nanoseconds) };
        return Futimens(handle, times) == 0;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle handle, int operation);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxCall(SafeFileHandle folder, string path, int flags, uint mask, out Statx stat);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxPath(int folder, string path, int flags, uint mask, out Statx stat);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Fadvise(SafeFileHandle handle, nint offset, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    private static partial int Futimens(SafeFileHandle handle, Timespec* times);

    private readonly record struct Timespec(nint Seconds, nint Nanoseconds);

    /// <summary>What this program reads of Linux's <c>struct statx</c> (256 bytes, the same on every architecture; statx(2)).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct Statx
    {
        [FieldOffset(0x1C)]
        public ushort Mode;

        [FieldOffset(0x20)]
        public ulong Inode;

        [FieldOffset(0x28)]
        public ulong LengthBytes;

        [FieldOffset(0x70)]
        public long ModifiedSeconds;

        [FieldOffset(0x78)]
        public uint ModifiedNanoseconds;

        /// <summary>True for a regular file.</summary>
        public readonly bool IsFile => (Mode & 0xF000) == 0x8000;
    }
}
