using Cairn.Testing;

namespace Cairn.Cli.Tests;

/// <summary><c>export</c> and <c>import</c>.</summary>
public sealed class ExchangeTests : IAsyncLifetime, IDisposable
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

    [Theory]
    [InlineData("m.npz")]
    [InlineData("m.safetensors")]
    [InlineData("m.bin", "--to", "npz")]
    public async Task Import_OfWhatWasExported_IsTheSame(string file, params string[] options)
    {
        bool isNpz = !file.EndsWith("safetensors", StringComparison.Ordinal);
        CliRun export = await CliRun.RunAsync(["export", Source, _folder[file], .. options, .. isNpz ? [] : (string[])["--exclude", "words"]]);
        CliRun import = await CliRun.RunAsync(["import", _folder[file], _folder["back"], .. options.Select(option => option.Replace("--to", "--from", StringComparison.Ordinal))]);

        Assert.Equal((0, string.Empty), (export.Status, export.Error));
        Assert.Equal((0, string.Empty), (import.Status, import.Error));
        CliRun diff = await CliRun.RunAsync("diff", Source, _folder["back"]);
        Assert.True(isNpz ? diff.Status == 0 : diff.Output.EndsWith("1 removed\n", StringComparison.Ordinal), diff.Output);
    }

    [Fact]
    public async Task Export_WhatTheFormatLacks_IsRefusedByName()
    {
        CliRun run = await CliRun.RunAsync("export", Source, _folder["m.safetensors"]);

        Assert.Equal((2, string.Empty), (run.Status, run.Output));
        Assert.Contains("safetensors has no type for 'words string [2]'", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("does not tell its format; say --to safetensors or --to npz", "export", "model.ckpt-7", "m.bin")]
    [InlineData("does not tell its format; say --from safetensors or --from npz", "import", "m.bin", "back")]
    [InlineData("There is no file", "import", "m.npz", "back")]
    [InlineData("no zip archive ends so", "import", "model.ckpt-7.index", "back", "--from", "npz")]
    [InlineData("no safetensors file begins so", "import", "model.ckpt-7.index", "back", "--from", "safetensors")]
    public async Task Exchange_AWrongFile_IsRefused(string reason, string command, string first, string second, params string[] options)
    {
        CliRun run = await CliRun.RunAsync([command, _folder[first], _folder[second], .. options]);

        Assert.NotEqual(0, run.Status);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_OverAFile_NeedsOverwrite()
    {
        string[] args = ["export", Source, _folder["m.npz"], "--include", "v1"];
        CliRun first = await CliRun.RunAsync(args);
        CliRun second = await CliRun.RunAsync(args);
        CliRun third = await CliRun.RunAsync([.. args, "--overwrite"]);

        Assert.Equal((0, 1, 0), (first.Status, second.Status, third.Status));
    }
}
