using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cairn.Format.Blobs;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Storage.Local;

/// <summary>What tells one writing of a file from every other: inode, time of the last write to the nanosecond (its lower digits are a nonce that the writer
/// chose), and length.</summary>
/// <param name="Inode">0 where the system does not say (all but Linux).</param>
/// <param name="ModifiedSeconds">Since 1970, UTC.</param>
/// <param name="ModifiedNanoseconds">Below 1,000,000,000.</param>
/// <param name="LengthBytes">Length of the file.</param>
internal readonly record struct FileStamp(ulong Inode, long ModifiedSeconds, long ModifiedNanoseconds, long LengthBytes)
{
    private const int NanosecondsPerTick = 100;
    private const int NanosecondsPerMillisecond = 1_000_000;

    public BlobETag ETag => new($"{Inode:x}-{ModifiedSeconds:x}.{ModifiedNanoseconds:x}-{LengthBytes:x}");

    public DateTimeOffset Modified => DateTimeOffset.FromUnixTimeSeconds(ModifiedSeconds).AddTicks(ModifiedNanoseconds / NanosecondsPerTick);

    private long ModifiedMilliseconds => (ModifiedSeconds * 1000) + (ModifiedNanoseconds / NanosecondsPerMillisecond);

    /// <summary>The stamp of an open file.</summary>
    public static FileStamp Of(SafeFileHandle handle)
    {
        if (!OperatingSystem.IsLinux())
        {
            long ticks = File.GetLastWriteTimeUtc(handle).Ticks - DateTime.UnixEpoch.Ticks;
            (long seconds, long rest) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
            return new FileStamp(0, seconds, rest * NanosecondsPerTick, RandomAccess.GetLength(handle));
        }

        return Unix.TryStat(handle, out Unix.Statx stat) ? Of(stat) : throw LocalFaults.LastError("read the attributes of an open file");
    }

    /// <summary>The stamp of the file at <paramref name="path"/>, or null where there is none, or a folder, or anything else that is not a file.</summary>
    public static FileStamp? TryOf(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            using SafeFileHandle? handle = File.Exists(path) ? File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete) : null;
            return handle is null ? null : Of(handle);
        }

        if (Unix.TryStat(path, out Unix.Statx stat))
        {
            return stat.IsFile ? Of(stat) : null;
        }

        return Marshal.GetLastPInvokeError() is Unix.ErrNotFound or Unix.ErrNotAFolder or Unix.ErrLinksInACircle
            ? null
            : throw LocalFaults.LastError($"look at '{path}'");
    }

    /// <summary>Gives an open file the time of now with a fresh nonce, but always one later than the writing it will replace, however the clock is
    /// set.</summary>
    public static void Renew(SafeFileHandle handle, DateTimeOffset now, FileStamp? replaced)
    {
        long milliseconds = Math.Max(now.ToUnixTimeMilliseconds(), (replaced?.ModifiedMilliseconds ?? long.MinValue) + 1);
        long nonce = RandomNumberGenerator.GetInt32(NanosecondsPerMillisecond);
        if (!OperatingSystem.IsLinux())
        {
            File.SetLastWriteTimeUtc(handle, DateTime.UnixEpoch.AddMilliseconds(milliseconds).AddTicks(nonce / NanosecondsPerTick));
        }
        else if (!Unix.TrySetModified(handle, milliseconds / 1000, (milliseconds % 1000 * NanosecondsPerMillisecond) + nonce))
        {
            throw LocalFaults.LastError("set the time of a new file");
        }
    }

    /// <summary>Whether this writing is later than <paramref name="other"/>.</summary>
    public bool IsAfter(FileStamp other) => ModifiedMilliseconds > other.ModifiedMilliseconds;

    private static FileStamp Of(in Unix.Statx stat) => new(stat.Inode, stat.ModifiedSeconds, stat.ModifiedNanoseconds, (long)stat.LengthBytes);
}
