using System.Text.Encodings.Web;
using System.Text.Json;
using Cairn.Testing;

namespace Cairn.Cli.Tests;

/// <summary>Each subcommand on a small checkpoint: what it prints and what it returns.</summary>
public sealed class CommandTests : IAsyncLifetime, IDisposable
{
    private static readonly JsonSerializerOptions LettersAsTheyAre = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly TemporaryFolder _folder = new();

    private string Prefix => _folder["model.ckpt-7"];

    public async ValueTask InitializeAsync() => await SmallBundle.WriteAsync(_folder.Path, "model.ckpt-7");

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inspect_AsJson_ListsTensorsInKeyOrderWithSlicesFolded()
    {
        CliRun run = await CliRun.RunAsync("inspect", Prefix, "--json");

        Assert.Equal((0, string.Empty), (run.Status, run.Error));
        JsonElement document = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((Prefix, "little"), (document.GetProperty("prefix").GetString(), document.GetProperty("endianness").GetString()));
        Assert.Equal((1, 1), (document.GetProperty("shards").GetInt32(), document.GetProperty("producer").GetInt32()));
        JsonElement[] tensors = [.. document.GetProperty("tensors").EnumerateArray()];
        Assert.Equal(["odd", "v1", "w", "words"], tensors.Select(tensor => tensor.GetProperty("name").GetString()));
        Assert.Equal(["float", "float", "int64", "string"], tensors.Select(tensor => tensor.GetProperty("dtype").GetString()));
        Assert.Equal([0, 0, 2, 0], tensors.Select(tensor => tensor.GetProperty("slices").GetArrayLength()));
        Assert.Equal(["0,2:0,2", "2,1:0,2"], tensors[2].GetProperty("slices").EnumerateArray().Select(slice => slice.GetProperty("slice").GetString()));
        Assert.Equal((4, 0), (tensors[1].GetProperty("size").GetInt32(), tensors[1].GetProperty("offset").GetInt32()));
        Assert.Equal([3, 2], tensors[2].GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt32()));
        Assert.Equal("2bdaa581", tensors[1].GetProperty("crc32c").GetString());
    }

    [Fact]
    public async Task Inspect_WithoutTheDataFile_StillWorks()
    {
        File.Delete(Prefix + ".data-00000-of-00001");

        CliRun run = await CliRun.RunAsync("inspect", Prefix);

        Assert.Equal(0, run.Status);
        Assert.Contains("4 tensors", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("odd", "[ nan  0.1 -inf]")]
    [InlineData("words", @"[b'hello' b'w\xc3\xb6rld']")]
    [InlineData("w", "[[1 2]\n [3 4]\n [5 6]]")]
    public async Task Show_PrintsValuesAsNumpyDoes(string tensor, string expected)
    {
        CliRun run = await CliRun.RunAsync("show", Prefix, tensor);

        Assert.Equal(0, run.Status);
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("odd", """["NaN",0.1,"-Infinity"]""")]
    [InlineData("words", """["hello","wörld"]""")]
    [InlineData("w", "[[1,2],[3,4],[5,6]]")]
    public async Task Show_AsJson_HasEveryValue(string tensor, string expected)
    {
        CliRun run = await CliRun.RunAsync("show", Prefix, tensor, "--json");

        JsonElement document = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(expected, JsonSerializer.Serialize(document.GetProperty("values"), LettersAsTheyAre));
    }

    [Fact]
    public async Task Show_AMissingTensor_NamesTheNearest()
    {
        CliRun run = await CliRun.RunAsync("show", Prefix, "word");

        Assert.Equal(2, run.Status);
        Assert.Contains("Key word not found in checkpoint", run.Error, StringComparison.Ordinal);
        Assert.Contains("words", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Verify_ASoundCheckpoint_ReturnsZero()
    {
        CliRun run = await CliRun.RunAsync("verify", Prefix);

        Assert.Equal((0, string.Empty), (run.Status, run.Error));
    }

    [Fact]
    public async Task Verify_AFlippedByte_NamesFileOffsetAndTensor()
    {
        string data = Prefix + ".data-00000-of-00001";
        byte[] bytes = await File.ReadAllBytesAsync(data);
        bytes[1] ^= 0x10;
        await File.WriteAllBytesAsync(data, bytes);

        CliRun run = await CliRun.RunAsync("verify", Prefix);

        Assert.Equal(1, run.Status);
        string fault = Assert.Single(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("model.ckpt-7.data-00000-of-00001: byte 0: v1: ", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_AnIndexThatIsAGitLfsPointer_ReturnsTwo()
    {
        await File.WriteAllTextAsync(
            Prefix + ".index", $"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('a', 64)}\nsize 12345\n");

        CliRun run = await CliRun.RunAsync("verify", Prefix);

        Assert.Equal((2, string.Empty), (run.Status, run.Output));
        Assert.Contains("git lfs pull", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_TheStateFile_PointsToLatest()
    {
        await File.WriteAllTextAsync(_folder["checkpoint"], "model_checkpoint_path: \"model.ckpt-7\"\nall_model_checkpoint_paths: \"model.ckpt-7\"\n");

        CliRun run = await CliRun.RunAsync("inspect", _folder["checkpoint"]);

        Assert.Equal((2, string.Empty), (run.Status, run.Output));
        Assert.Contains("give the folder to 'latest'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_MakesEqualFiles_AndRefusesATakenName()
    {
        CliRun first = await CliRun.RunAsync("copy", Prefix, _folder["copies/again"]);
        CliRun second = await CliRun.RunAsync("copy", Prefix, _folder["copies/again"]);
        CliRun third = await CliRun.RunAsync("copy", Prefix, _folder["copies/again"], "--overwrite");

        Assert.Equal((0, 1, 0), (first.Status, second.Status, third.Status));
        Assert.Contains("overwrite", second.Error, StringComparison.Ordinal);
        foreach (string extension in (string[])[".index", ".data-00000-of-00001"])
        {
            Assert.Equal(await File.ReadAllBytesAsync(Prefix + extension), await File.ReadAllBytesAsync(_folder["copies/again"] + extension));
        }
    }

    [Fact]
    public async Task List_MarksTheLatest_AndLatestPrintsIt()
    {
        await File.WriteAllTextAsync(_folder["checkpoint"], "model_checkpoint_path: \"model.ckpt-7\"\nall_model_checkpoint_paths: \"model.ckpt-7\"\n");

        CliRun list = await CliRun.RunAsync("list", _folder.Path, "--json");
        CliRun latest = await CliRun.RunAsync("latest", _folder.Path);

        JsonElement checkpoint = Assert.Single(JsonDocument.Parse(list.Output).RootElement.GetProperty("checkpoints").EnumerateArray());
        Assert.Equal((Prefix, 7), (checkpoint.GetProperty("prefix").GetString(), checkpoint.GetProperty("step").GetInt64()));
        Assert.True(checkpoint.GetProperty("latest").GetBoolean());
        Assert.Equal(Prefix, latest.Output.Trim());
    }

    [Fact]
    public async Task Latest_WithoutAStateFile_SaysWhatIsMissing()
    {
        CliRun run = await CliRun.RunAsync("latest", _folder.Path);

        Assert.Equal((2, string.Empty), (run.Status, run.Output));
        Assert.Contains("There is no 'checkpoint'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APrefixThatIsADataFile_IsRefusedWithTheRemedy()
    {
        CliRun run = await CliRun.RunAsync("inspect", Prefix + ".data-00000-of-00001");

        Assert.Equal(2, run.Status);
        Assert.Contains("without .data-", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APrefixThatEndsInASlash_HasTheEmptyName()
    {
        await SmallBundle.WriteAsync(_folder["models"], string.Empty);

        CliRun run = await CliRun.RunAsync("verify", _folder["models/"]);

        Assert.True(File.Exists(_folder["models/.index"]));
        Assert.Equal(0, run.Status);
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("inspect", "a", "b")]
    [InlineData("nonsense")]
    [InlineData("verify", "no/such/checkpoint")]
    public async Task AWrongCommandLineOrAMissingCheckpoint_ReturnsTwo(params string[] args)
    {
        CliRun run = await CliRun.RunAsync(args);

        Assert.Equal((2, string.Empty), (run.Status, run.Output));
        Assert.StartsWith("cairn: ", run.Error, StringComparison.Ordinal);
    }
}
