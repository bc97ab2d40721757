using Microsoft.Win32.SafeHandles;

namespace Cairn.Storage.Local;

/// <summary>Folders that survive a crash of the machine.</summary>
internal static class Folders
{
    /// <summary>Makes a folder and those above it, and flushes the entry of each new one.</summary>
    public static void Ensure(string folder)
    {
        var missing = new Stack<string>();
        for (string? path = folder; path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
        {
            missing.Push(path);
        }

        while (missing.TryPop(out string? path))
        {
            if (File.Exists(path))
            {
                throw new IOException($"'{path}' is a file, not a folder.", Unix.ErrNotAFolder);
            }

            Directory.CreateDirectory(path);
            if (Path.GetDirectoryName(path) is { } parent)
            {
                Flush(parent);
            }
        }
    }

    /// <summary>Makes new, changed and removed names in a folder durable. Windows has no such call: NTFS logs its names.</summary>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using SafeFileHandle handle = Unix.OpenPlainly(folder);
        if (handle.IsInvalid)
        {
            throw LocalFaults.LastError($"open the folder '{folder}'");
        }

        RandomAccess.FlushToDisk(handle);
    }
}
