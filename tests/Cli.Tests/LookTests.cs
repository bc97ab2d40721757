using System.Text.Json;
using Cairn.Format.Bundles;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;
using Cairn.Testing;

namespace Cairn.Cli.Tests;

/// <summary>How <c>inspect</c>, <c>show</c>, <c>verify</c>, <c>list</c> and <c>latest</c> look at a checkpoint.</summary>
public sealed class LookTests : IAsyncLifetime, IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly TemporaryFolder _folder = new();

    private string Prefix => _folder["model.ckpt-7"];

    public async ValueTask InitializeAsync()
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(new LocalBlobStore(_folder.Path), new CheckpointPrefix("model.ckpt-7"), null, Token);
        await writer.AddAsync("net/dense/kernel", Numbers(2000), Token);
        await writer.AddAsync("net/dense/kernel/Adam", Numbers(2000), Token);
        await writer.AddAsync("net/dense/bias", Numbers(3), Token);
        await writer.AddAsync("step", TensorValue.Of(TensorShape.Scalar, 7L), Token);
        await writer.AddAsync("matrix", TensorValue.Of(new TensorShape(3, 4), [.. Enumerable.Range(0, 12)]), Token);
        await writer.FinishAsync(Token);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inspect_AsATree_HasScopesWithTheirSizes()
    {
        CliRun all = await CliRun.RunAsync("inspect", Prefix, "--tree");
        CliRun top = await CliRun.RunAsync("inspect", Prefix, "--tree", "--depth", "1", "--sort", "size");

        string[] expected =
        [
            "name                  size  tensors  dtype  shape",
            "model.ckpt-7      15.7 KiB        5",
            "├── matrix            48 B           int32  [3,4]",
            "├── net/dense     15.6 KiB        3",
            "│   ├── bias          12 B           float  [3]",
            "│   └── kernel    15.6 KiB        2  float  [2000]",
            "│       └── Adam  7.81 KiB           float  [2000]",
            "└── step               8 B           int64  []",
        ];
        Assert.Equal(expected, Lines(all.Output).Take(expected.Length));
        Assert.Equal(["├── net/dense", "├── matrix", "└── step"], Lines(top.Output).Skip(2).Take(3).Select(line => line[..13].TrimEnd()));
    }

    [Theory]
    [InlineData("size", "net/dense/kernel net/dense/kernel/Adam matrix net/dense/bias step")]
    [InlineData("shard", "net/dense/kernel net/dense/kernel/Adam net/dense/bias step matrix")]
    [InlineData("name", "matrix net/dense/bias net/dense/kernel net/dense/kernel/Adam step")]
    public async Task Inspect_Sorted_AndFiltered(string order, string expected)
    {
        CliRun sorted = await CliRun.RunAsync("inspect", Prefix, "--json", "--sort", order);
        CliRun filtered = await CliRun.RunAsync("inspect", Prefix, "--filter", "*/kernel*");

        Assert.Equal(
            expected, string.Join(' ', JsonDocument.Parse(sorted.Output).RootElement.GetProperty("tensors").EnumerateArray().Select(one => one.GetProperty("name").GetString())));
        Assert.Contains("2 of 5 tensors", filtered.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "[4 5 6 7]", "int32 [4] of [3,4]")]
    [InlineData("0:2,1:3", "[[1 2]\n [5 6]]", "int32 [2,2] of [3,4]")]
    [InlineData("...,-1", "[ 3  7 11]", "int32 [3] of [3,4]")]
    [InlineData("-1:,:2", "[[8 9]]", "int32 [1,2] of [3,4]")]
    [InlineData("2,3", "11", "int32 [] of [3,4]")]
    [InlineData("5:,0", "[]", "int32 [0] of [3,4]")]
    public async Task Show_ASlice_IsThatOfNumpy(string slice, string values, string shape)
    {
        CliRun run = await CliRun.RunAsync("show", Prefix, "matrix", "--slice", slice);

        Assert.Equal((0, string.Empty), (run.Status, run.Error));
        Assert.StartsWith($"matrix  {shape}\n{values}\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3", "axis 0 has no index 3")]
    [InlineData("0,0,0", "it has 3 axes")]
    [InlineData("0:2:2", "is not START:STOP or an index")]
    [InlineData("x", "is not START:STOP or an index")]
    public async Task Show_AWrongSlice_IsRefused(string slice, string reason)
    {
        CliRun run = await CliRun.RunAsync("show", Prefix, "matrix", "--slice", slice);

        Assert.Equal((2, string.Empty), (run.Status, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_ALargeTensor_HasItsEdgesStatisticsAndHistogram()
    {
        CliRun run = await CliRun.RunAsync("show", Prefix, "net/dense/kernel", "--histogram", "2");

        string[] lines = Lines(run.Output);
        Assert.Equal("net/dense/kernel  float [2000]", lines[0]);
        Assert.Equal("[   1.0    2.0    3.0 ... 1998.0 1999.0 2000.0]", lines[1]);
        Assert.Equal("min 1  max 2000  mean 1000.5  std 577.35  norm 51659  zeros 0  nan 0  inf 0  of 2,000", lines[2]);
        Assert.Equal("     1 .. 1000.5  1,000  " + new string('█', 50), lines[3].TrimEnd());
        Assert.Equal("1000.5 ..   2000  1,000  " + new string('█', 50), lines[4].TrimEnd());
    }

    [Fact]
    public async Task Show_OnlyStatistics_AsJson()
    {
        CliRun run = await CliRun.RunAsync("show", Prefix, "matrix", "--stats", "--json", "--histogram", "3");

        JsonElement document = JsonDocument.Parse(run.Output).RootElement;
        Assert.False(document.TryGetProperty("values", out _));
        Assert.Equal(5.5, document.GetProperty("statistics").GetProperty("mean").GetDouble());
        Assert.Equal([4, 4, 4], document.GetProperty("histogram").GetProperty("counts").EnumerateArray().Select(count => count.GetInt32()));
    }

    [Fact]
    public async Task Verify_AsJson_HasEveryFault()
    {
        string data = Prefix + ".data-00000-of-00001";
        byte[] bytes = await File.ReadAllBytesAsync(data, Token);
        bytes[^1] ^= 1;
        CliRun sound = await CliRun.RunAsync("verify", Prefix, "--json", "--jobs", "2");
        await File.WriteAllBytesAsync(data, bytes, Token);
        CliRun damaged = await CliRun.RunAsync("verify", Prefix, "--json");

        Assert.True(JsonDocument.Parse(sound.Output).RootElement.GetProperty("sound").GetBoolean());
        JsonElement fault = Assert.Single(JsonDocument.Parse(damaged.Output).RootElement.GetProperty("faults").EnumerateArray());
        Assert.Equal((1, "matrix", bytes.Length - 48), (damaged.Status, fault.GetProperty("tensor").GetString(), fault.GetProperty("offset").GetInt32()));
    }

    [Fact]
    public async Task ListLatestAndWatch_ShowStepAgeAndSize()
    {
        File.WriteAllText(_folder["checkpoint"], "model_checkpoint_path: \"model.ckpt-7\"\n");

        CliRun list = await CliRun.RunAsync("list", _folder.Path);
        CliRun latest = await CliRun.RunAsync("latest", _folder.Path, "--long");
        CliRun json = await CliRun.RunAsync("latest", _folder.Path, "--json");
        CliRun watch = await CliRun.RunAsync("watch", _folder.Path, "--count", "1");
        CliRun timed = await CliRun.RunAsync("watch", _folder.Path, "--plain", "--timeout", "0.01", "--interval", "0.001");

        Assert.Matches(@"\n\* +model\.ckpt-7 +7 +[0-9-]{10} [0-9:]{8} +[0-9]+ (s|min) +1[56]\.[0-9] KiB +1 +no", list.Output);
        Assert.Contains("1 checkpoint(s), 1", list.Output, StringComparison.Ordinal);
        Assert.Matches(@"/model\.ckpt-7  \(step 7, [0-9]+ (s|min) old, 1[56]\.[0-9] KiB\)\n$", latest.Output);
        Assert.Equal(7, JsonDocument.Parse(json.Output).RootElement.GetProperty("step").GetInt32());
        Assert.Matches(@"/model\.ckpt-7  \(step 7, ", watch.Output);
        Assert.Equal((0, Prefix + "\n"), (timed.Status, timed.Output));
    }

    [Fact]
    public async Task Suggest_CommandsOptionsCheckpointsAndTensors()
    {
        Assert.Equal(["copy"], await SuggestAsync("cairn cop"));
        Assert.Contains("--tree", await SuggestAsync("cairn inspect --t"));
        Assert.Contains(Prefix, await SuggestAsync($"cairn inspect {_folder["mod"]}"));
        Assert.Contains("net/dense/bias", await SuggestAsync($"cairn show {Prefix} net/dense/b"));
        foreach (string shell in (string[])["bash", "zsh", "fish"])
        {
            Assert.Contains("[suggest:", (await CliRun.RunAsync("completion", shell)).Output, StringComparison.Ordinal);
        }
    }

    private static async Task<string[]> SuggestAsync(string line) => Lines((await CliRun.RunAsync($"[suggest:{line.Length}]", line)).Output);

    private static string[] Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd())];

    private static TensorValue Numbers(int count) => TensorValue.Of(new TensorShape(count), [.. Enumerable.Range(1, count).Select(number => (float)number)]);
}
