using System.Diagnostics;
using Cairn.Format.Bundles;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;
using Cairn.Testing;

namespace Cairn.Cli.Tests;

/// <summary>Ctrl-C in the middle of long work.</summary>
public sealed class InterruptTests : IDisposable
{
    private const long SourceBytes = 16L << 30;
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Copy_WhenInterrupted_LeavesNothing_AndSaysSo()
    {
        if (!OperatingSystem.IsLinux())
        {
            Needs.Unmet("Signals are sent by Linux's kill.");
        }

        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeMax);
        await WriteSparseSourceAsync(deadline.Token);
        string copies = Directory.CreateDirectory(_folder["copies"]).FullName;
        using FileSystemWatcher watcher = new(copies) { IncludeSubdirectories = true };
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, _) => begun.TrySetResult();
        watcher.EnableRaisingEvents = true;

        using Process process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "cairn"), ["copy", _folder["big"], _folder["copies/big"]])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        await begun.Task.WaitAsync(deadline.Token);
        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        string error = await process.StandardError.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);

        Assert.Equal((ExitCode.Interrupted, "cairn: stopped; nothing was left half-written.\n"), (process.ExitCode, error));
        Assert.Empty(Directory.EnumerateFiles(copies, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }));
    }

    // A file that takes no room and long to copy; its checksum would be found wrong at the end, which the copy does not reach.
    private async Task WriteSparseSourceAsync(CancellationToken token)
    {
        BundleIndexWriter index = new();
        index.AddTensor("zeros", TensorDType.UInt8, new TensorShape(SourceBytes), DataRange.Of(0, 0, SourceBytes, 0));
        LocalBlobStore store = new(_folder.Path);
        await store.TryWriteAsync("big.index", index.ToBytes(1), default, token);
        using FileStream data = File.Create(_folder["big.data-00000-of-00001"]);
        data.SetLength(SourceBytes);
    }
}
