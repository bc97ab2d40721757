using System.Diagnostics;
using System.Globalization;
using Cairn.Format.Blobs;
using Cairn.Storage.Local;
using Cairn.Testing;

namespace Cairn.Storage.Tests.Local;

/// <summary>The conditions of a local store hold between processes: this test program is started several times over one folder.</summary>
public sealed class ProcessRaceTests
{
    private const string FolderVariable = "CAIRN_TEST_RACE_FOLDER";
    private const int Processes = 3;
    private const int Rounds = 40;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Race_OfProcesses_OneWinsEachNameAndNoIncrementIsLost()
    {
        using var folder = new TemporaryFolder();
        using var deadline = new CancellationTokenSource(Deadline);

        await Task.WhenAll(Enumerable.Range(0, Processes).Select(_ => RunRacerAsync(folder.Path, deadline.Token)));

        var store = new LocalBlobStore(folder.Path);
        List<string> wins = await store.ListAsync("wins/", deadline.Token).Select(blob => blob.Name.Split('/')[1]).ToListAsync(deadline.Token);
        BlobContent counter = (await store.TryReadAsync("counter", 100, deadline.Token))!;
        Assert.Equal(Enumerable.Range(0, Rounds).Select(round => round.ToString("D3", CultureInfo.InvariantCulture)), wins);
        Assert.Equal(Processes * Rounds, int.Parse(System.Text.Encoding.UTF8.GetString(counter.Bytes.Span), CultureInfo.InvariantCulture));
    }

    /// <summary>What each process does; it runs only where the test above starts it.</summary>
    [Fact(Explicit = true)]
    public async Task Racer()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var store = new LocalBlobStore(Environment.GetEnvironmentVariable(FolderVariable)!);
        string self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        for (int round = 0; round < Rounds; round++)
        {
            await BlobStoreContract.IncrementAsync(store, "counter", deadline.Token);
            if (await store.TryWriteAsync($"names/{round:D3}", new byte[1], BlobCondition.IfAbsent, deadline.Token) is not null)
            {
                await store.TryWriteAsync($"wins/{round:D3}/{self}", new byte[1], BlobCondition.IfAbsent, deadline.Token);
            }
        }
    }

    private static async Task RunRacerAsync(string folder, CancellationToken ends)
    {
        string[] arguments =
            ["exec", typeof(ProcessRaceTests).Assembly.Location, "-explicit", "only", "-method", $"{typeof(ProcessRaceTests).FullName}.{nameof(Racer)}"];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[FolderVariable] = folder;
        using Process racer = Process.Start(start)!;
        try
        {
            string output = await racer.StandardOutput.ReadToEndAsync(ends);
            await racer.WaitForExitAsync(ends);
            Assert.True(racer.ExitCode == 0, output);
        }
        finally
        {
            if (!racer.HasExited)
            {
                racer.Kill();
            }
        }
    }
}
