using System.Text.Json;
using Cairn.Cli.Output;
using Cairn.Testing;

namespace Cairn.Cli.Tests;

/// <summary><c>copy</c> with other names, types and layout.</summary>
public sealed class CopyTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Source => _folder["model.ckpt-7"];

    private string Copy => _folder["copies/small"];

    public async ValueTask InitializeAsync() => await SmallBundle.WriteAsync(_folder.Path, "model.ckpt-7");

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Copy_WithNamesTypesAndFewerTensors_SaysAndDoesSo()
    {
        File.WriteAllText(Source + ".meta", "graph");

        CliRun run = await CliRun.RunAsync(
            "copy", Source, Copy, "--exclude", "words", "--map", "v1=first", "--map-regex", "^o(.)d$=o$1", "--cast", "float=bfloat16", "--cast", "int64=int8");

        Assert.Equal(0, run.Status);
        Assert.Equal($"{Copy}: 3 tensors, 14 bytes, 1 data file(s)\n", run.Output);
        Assert.Equal("cairn: left out 'model.ckpt-7.meta': it describes the checkpoint as it was.\n", run.Error);
        Assert.False(File.Exists(Copy + ".meta"));
        Assert.Equal(["first bfloat16", "od bfloat16", "w int8"], await TensorsAsync());
        Assert.Contains("[[1 2]\n [3 4]\n [5 6]]", (await CliRun.RunAsync("show", Copy, "w")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_WithAnotherLayout_KeepsMeta()
    {
        File.WriteAllText(Source + ".meta", "graph");

        CliRun run = await CliRun.RunAsync("copy", Source, Copy, "--shards", "2", "--partition", "o*=3", "--partition", "w=1");

        Assert.Equal((0, string.Empty), (run.Status, run.Error));
        Assert.Equal("graph", File.ReadAllText(Copy + ".meta"));
        Assert.True(File.Exists(Copy + ".data-00001-of-00002"));
        JsonElement[] tensors = await JsonAsync();
        Assert.Equal([3, 0, 0, 0], tensors.Select(tensor => tensor.GetProperty("slices").GetArrayLength()));
        Assert.Equal(0, (await CliRun.RunAsync("verify", Copy)).Status);
    }

    [Theory]
    [InlineData("'--map v1' is not of the form --map OLD=NEW", "--map", "v1")]
    [InlineData("'--partition w=x': 'x' is no number of slices", "--partition", "w=x")]
    [InlineData("'--partition z': no tensor", "--partition", "z=2")]
    [InlineData("'flout' is no type", "--cast", "flout=half")]
    [InlineData("no tensor has that type", "--cast", "double=half")]
    [InlineData("cannot become float", "--cast", "string=float")]
    [InlineData("'(' is no regular expression", "--map-regex", "(=x")]
    [InlineData("1 to 1024 data files, not 0", "--shards", "0")]
    [InlineData("'vv' matches no tensor", "--include", "vv")]
    public async Task Copy_AnOptionThatDoesNotFit_IsRefused_AndNothingIsWritten(string reason, params string[] options)
    {
        CliRun run = await CliRun.RunAsync(["copy", Source, Copy, .. options]);

        Assert.Equal((2, string.Empty), (run.Status, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["copies"]) && Directory.EnumerateFiles(_folder["copies"]).Any());
    }

    [Fact]
    public void ProgressLine_IsDrawnOver_AndGoneAtTheEnd()
    {
        StringWriter terminal = new();
        ManualClock clock = new();
        using (ProgressLine line = new(terminal, "copying", 4 << 20, clock))
        {
            line.Report(1 << 20);
            Assert.Empty(terminal.ToString());
            clock.Advance(TimeSpan.FromSeconds(1));
            line.Report(1 << 20);
        }

        Assert.Equal("\rcopying [############............]  50%  2.00 MiB of 4.00 MiB  2.00 MiB/s  1 s left\u001b[K\r\u001b[K", terminal.ToString());
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1500, "1.46 KiB")]
    [InlineData(1048063, "1023 KiB")]
    [InlineData(1048576, "1.00 MiB")]
    [InlineData(102400000, "97.7 MiB")]
    public void Sizes_HaveThreeDigits(long bytes, string expected) => Assert.Equal(expected, Sizes.Short(bytes));

    private async Task<IEnumerable<string>> TensorsAsync() =>
        (await JsonAsync()).Select(tensor => $"{tensor.GetProperty("name").GetString()} {tensor.GetProperty("dtype").GetString()}");

    private async Task<JsonElement[]> JsonAsync() =>
        [.. JsonDocument.Parse((await CliRun.RunAsync("inspect", Copy, "--json")).Output).RootElement.GetProperty("tensors").EnumerateArray()];

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan span) => _ticks += span.Ticks;
    }
}
