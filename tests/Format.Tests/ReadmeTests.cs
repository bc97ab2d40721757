using System.Runtime.CompilerServices;
using Cairn.Format.Bundles;
using Cairn.Format.Mapping;
using Cairn.Format.Tensors;
using Cairn.Storage.Local;
using Cairn.Testing;

namespace Cairn.Format.Tests;

/// <summary>The package's first page is true: its programs are these, and they run.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public async Task Programs_OfTheFirstPage_Run()
    {
        using var folder = new TemporaryFolder();
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        var store = new LocalBlobStore(folder["model"]);

        await WriteAsync(store, cancellationToken);

        BundleReader reader = await BundleReader.OpenAsync(store, new CheckpointPrefix("model.ckpt-1000"), cancellationToken);
        TensorValue read = await reader.ReadAsync("weights", cancellationToken);
        float[] numbers = read.ToArray<float>();
        Assert.Equal([1f, 2f, 3f, 4f], numbers);
        Assert.Equal(1f, First(folder["model/model.ckpt-1000"]));
    }

    [Fact]
    public void Programs_OfTheFirstPage_AreThoseOfThisTest()
    {
        const string Example = "(\"model/model.ckpt-1000\")";
        string[] source = [.. File.ReadLines(SourcePath()).Select(line => line.Trim().Replace("(path)", Example, StringComparison.Ordinal))];
        string readme = Path.Combine(Path.GetDirectoryName(SourcePath())!, "..", "..", "src", "Format", "README.md");
        bool isCode = false;
        int lines = 0;
        foreach (string line in File.ReadLines(readme))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                isCode = line == "```csharp";
            }
            else if (isCode && line.Length > 0)
            {
                Assert.Contains(line, source);
                lines++;
            }
        }

        Assert.Equal(13, lines);
    }

    private static async Task WriteAsync(LocalBlobStore store, CancellationToken cancellationToken)
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(store, new CheckpointPrefix("model.ckpt-1000"), options: null, cancellationToken);
        await writer.AddAsync("weights", TensorValue.Of(new TensorShape(2, 2), 1f, 2f, 3f, 4f), cancellationToken);
        await writer.AddAsync("global_step", TensorValue.Of(TensorShape.Scalar, 1000L), cancellationToken);
        await writer.FinishAsync(cancellationToken);
    }

    private static float First(string path)
    {
        using MappedBundle bundle = MappedBundle.Open(path);
        ReadOnlySpan<float> weights = bundle.Read("weights").AsSpan<float>();
        float first = weights[0];
        return first;
    }

    private static string SourcePath([CallerFilePath] string path = "") => path;
}
