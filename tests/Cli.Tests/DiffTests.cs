using System.Text.Json;
using Cairn.Testing;

namespace Cairn.Cli.Tests;

/// <summary><c>diff</c>, and the commands that make a checkpoint of several or of parts of one: <c>average</c>, <c>ema-swap</c>, <c>merge</c>.</summary>
public sealed class DiffTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Source => _folder["model.ckpt-7"];

    public async ValueTask InitializeAsync() => await SmallBundle.WriteAsync(_folder.Path, "model.ckpt-7");

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Diff_OfACopyInAnotherLayout_IsZero()
    {
        await CliRun.RunAsync("copy", Source, _folder["again"], "--partition", "w=3", "--shards", "2");

        CliRun run = await CliRun.RunAsync("diff", Source, _folder["again"]);

        Assert.Equal((0, "The checkpoints hold the same tensors.\n", string.Empty), (run.Status, run.Output, run.Error));
    }

    [Fact]
    public async Task Diff_OfOtherTensors_IsOne_AndShowsThem()
    {
        await CliRun.RunAsync("copy", Source, _folder["other"], "--map", "v1=v2", "--cast", "int64=int32");
        await CliRun.RunAsync("average", Source, _folder["other"], "--output", _folder["none"]);

        CliRun run = await CliRun.RunAsync("diff", Source, _folder["other"]);
        CliRun json = await CliRun.RunAsync("diff", Source, _folder["other"], "--json", "--filter", "v*");

        Assert.Equal((1, string.Empty), (run.Status, run.Error));
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("removed", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("added", lines[2], StringComparison.Ordinal);
        Assert.Contains("int64 -> int32", lines[3], StringComparison.Ordinal);
        Assert.Equal("1 removed, 1 added, 1 retyped", lines[^1]);
        Assert.Equal(1, json.Status);
        Assert.Equal(["v1", "v2"], JsonDocument.Parse(json.Output).RootElement.GetProperty("differences").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Diff_WithADamagedCheckpoint_IsTwo()
    {
        await CliRun.RunAsync("copy", Source, _folder["other"]);
        string data = _folder["other.data-00000-of-00001"];
        byte[] bytes = await File.ReadAllBytesAsync(data);
        bytes[1] ^= 1;
        await File.WriteAllBytesAsync(data, bytes);

        CliRun run = await CliRun.RunAsync("diff", Source, _folder["other"]);
        CliRun missing = await CliRun.RunAsync("diff", Source, _folder["nothing"]);

        Assert.Equal((2, string.Empty), (run.Status, run.Output));
        Assert.Contains("is damaged", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, missing.Status);
    }

    [Fact]
    public async Task Average_OfACheckpointWithItself_IsTheSame_AndOfOthersIsRefused()
    {
        File.WriteAllText(Source + ".meta", "graph");
        await CliRun.RunAsync("copy", Source, _folder["other"], "--exclude", "w");

        CliRun same = await CliRun.RunAsync("average", Source, Source, Source, "-o", _folder["mean"]);
        CliRun other = await CliRun.RunAsync("average", Source, _folder["other"], "-o", _folder["none"]);

        Assert.Equal((0, string.Empty), (same.Status, same.Error));
        Assert.Equal(0, (await CliRun.RunAsync("diff", Source, _folder["mean"])).Status);
        Assert.Equal("graph", File.ReadAllText(_folder["mean.meta"]));
        Assert.Equal(2, other.Status);
        Assert.Contains("'w' are not in", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EmaSwap_PutsTheShadowInTheVariablesPlace()
    {
        await CliRun.RunAsync("copy", Source, _folder["ema"], "--map", "odd=v1/ExponentialMovingAverage", "--include", "odd", "--include", "w");

        CliRun run = await CliRun.RunAsync("ema-swap", _folder["ema"], _folder["served"]);
        CliRun none = await CliRun.RunAsync("ema-swap", Source, _folder["none"]);

        Assert.Equal((0, string.Empty), (run.Status, run.Error));
        Assert.Contains("[ nan  0.1 -inf]", (await CliRun.RunAsync("show", _folder["served"], "v1")).Output, StringComparison.Ordinal);
        Assert.Equal(2, none.Status);
        Assert.Contains("holds no averages of this name", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Merge_OfPartsInOtherFolders_IsTheWhole()
    {
        await CliRun.RunAsync("copy", Source, _folder["tmp/a/part"], "--include", "v1", "--include", "w");
        await CliRun.RunAsync("copy", Source, _folder["tmp/b/part"], "--exclude", "v1", "--exclude", "w");

        CliRun run = await CliRun.RunAsync("merge", _folder["tmp/a/part"], _folder["tmp/b/part"], "-o", _folder["merged"], "--move");
        CliRun again = await CliRun.RunAsync("merge", _folder["tmp/a/part"], _folder["merged"], "-o", _folder["x"]);

        Assert.Equal((0, string.Empty), (run.Status, run.Error));
        Assert.StartsWith($"{_folder["merged"]}: 4 tensors, ", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await CliRun.RunAsync("diff", Source, _folder["merged"])).Status);
        Assert.Equal(0, (await CliRun.RunAsync("verify", _folder["merged"])).Status);
        Assert.False(File.Exists(_folder["tmp/a/part.index"]));
        Assert.Equal(2, again.Status);
    }
}
