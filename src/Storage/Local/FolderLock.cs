using System.Diagnostics;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Storage.Local;

/// <summary>The right to change what names in one folder stand for, against all processes of the machine. It dies with its holder.</summary>
/// <remarks>The lock is flock(2) on the folder itself: nothing lies about, and stores with different roots over the same folder exclude each other. Where
/// folders cannot be
/// locked (Windows, NFS), it is a file <c>.cairn-lock</c> in the folder.</remarks>
internal sealed class FolderLock : IDisposable
{
    /// <summary>Nobody holds the lock for longer than a few system calls, so this long means that the holder hangs.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    /// <summary>The file that stands in for folders that cannot be locked.</summary>
    public const string FileName = BlobName.ReservedPartPrefix + "lock";

    private const int PollMillisecondsMax = 20;

    // Threads of this process queue here, in order; only one of them polls the lock of the file system. Folders share a stripe: the critical section never
    // takes two.
    private static readonly SemaphoreSlim[] Stripes = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    private readonly SemaphoreSlim _stripe;
    private readonly SafeFileHandle _handle;
    private bool _isHeld = true;

    private FolderLock(SemaphoreSlim stripe, SafeFileHandle handle) => (_stripe, _handle) = (stripe, handle);

    /// <summary>Waits for the lock of an existing folder.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.StoreUnavailable"/>: somebody holds it for too long.</exception>
    public static async ValueTask<FolderLock> AcquireAsync(string folder, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        SemaphoreSlim stripe = Stripes[(uint)StringComparer.Ordinal.GetHashCode(folder) % (uint)Stripes.Length];
        if (!await stripe.WaitAsync(WaitMax, cancellationToken).ConfigureAwait(false))
        {
            throw HeldTooLong(folder);
        }

        try
        {
            for (int pollMilliseconds = 1; ; pollMilliseconds = Math.Min(2 * pollMilliseconds, PollMillisecondsMax))
            {
                if (TryTake(folder) is { } handle)
                {
                    return new FolderLock(stripe, handle);
                }

                if (Stopwatch.GetElapsedTime(began) > WaitMax)
                {
                    throw HeldTooLong(folder);
                }

                await Task.Delay(Random.Shared.Next(1, pollMilliseconds + 1), cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            stripe.Release();
            throw;
        }
    }

    /// <summary>Lets the others go on; for what need not be exclusive, such as flushing.</summary>
    public void Release()
    {
        if (_isHeld)
        {
            _isHeld = false;
            _handle.Dispose();
            _stripe.Release();
        }
    }

    public void Dispose() => Release();

    private static SafeFileHandle? TryTake(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryTakeFile(folder);
        }

        SafeFileHandle handle = Unix.OpenPlainly(folder);
        if (handle.IsInvalid)
        {
            throw LocalFaults.LastError($"open the folder '{folder}'");
        }

        bool? isTaken = Unix.TryLock(handle);
        if (isTaken != true)
        {
            handle.Dispose();
        }

        return isTaken switch { true => handle, false => null, null => TryTakeFile(folder) };
    }

    /// <summary>The lock by a file. Null: another holds it.</summary>
    internal static SafeFileHandle? TryTakeFile(string folder)
    {
        try
        {
            return File.OpenHandle(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault) when (LocalFaults.IsHeldByAnother(fault))
        {
            return null;
        }
    }

    private static CheckpointException HeldTooLong(string folder) => new(CheckpointError.StoreUnavailable,
        $"'{folder}': another process has held the lock of this folder for {WaitMax.TotalSeconds:0} seconds. "
            + "Look for a process of Cairn that hangs, and end it.");
}
