using System.Diagnostics;
using System.Runtime.InteropServices;
using Cairn.Format.Bundles;
using Cairn.Format.Graphs;
using Cairn.Format.ObjectGraphs;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;
using Cairn.Testing;

namespace Cairn.Format.Tests;

/// <summary>What Cairn writes, read by protobuf's own compiler (<c>protoc --decode_raw</c>): an independent judge of the messages. It is looked for in
/// CAIRN_PROTOC, on PATH (Debian: protobuf-compiler), and in the package that builds this project.</summary>
public sealed class ProtocTests
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(1);

    private static readonly string[] SliceLines =
        ["7 {", "1 {", "2: 2", "}", "1 {", "2: 2", "}", "}", "7 {", "1 {", "1: 2", "2: 1", "}", "1 {", "2: 2", "}", "}"];

    [Fact]
    public async Task Index_OfAMergedBundle_DecodesToTheFieldsOfTheSpecification()
    {
        var writer = new BundleIndexWriter();
        var shape = new TensorShape(3, 2);
        writer.AddSlice("w", TensorDType.Float, shape, TensorSlice.Rows(shape, 0, 2), new DataRange(0, 0, 16, 0x7498284C));
        writer.AddSlice("w", TensorDType.Float, shape, TensorSlice.Rows(shape, 2, 1), new DataRange(1, 0, 8, 0x52FFB92C));
        writer.AddTensor("x", TensorDType.Int64, TensorShape.Scalar, new DataRange(1, 8, 8, 0x119FD7BB));
        byte[][] values = [.. new TableReader(writer.ToBytes(2), "t").ReadAll().Select(entry => entry.Value.ToArray())];

        Assert.Equal(["1: 2", "3 {", "1: 1", "}"], await DecodeAsync(values[0]));
        Assert.Equal(
            ["1: 1", "2 {", "2 {", "1: 2", "}", "2 {", "1: 2", "}", "}", "5: 16", "6: 0x7498284c"], await DecodeAsync(values[1]));
        Assert.Equal(
            ["1: 1", "2 {", "2 {", "1: 1", "}", "2 {", "1: 2", "}", "}", "3: 1", "5: 8", "6: 0x52ffb92c"], await DecodeAsync(values[2]));
        string[] whole = ["1: 1", "2 {", "2 {", "1: 3", "}", "2 {", "1: 2", "}", "}", .. SliceLines];
        Assert.Equal(whole, await DecodeAsync(values[3]));
        Assert.Equal(["1: 9", "2: \"\"", "3: 1", "4: 8", "5: 8", "6: 0x119fd7bb"], await DecodeAsync(values[4]));
    }

    [Fact]
    public async Task MetaGraph_OfAModel_DecodesToTheFieldsOfTheSpecification()
    {
        MetaGraphVariable variable = new("v", TensorDType.Float, new TensorShape(2)) { Trainable = true };

        string[] lines = await DecodeAsync(MetaGraphBuilder.Build([variable], new MetaGraphSaver()));

        // meta_info_def.tensorflow_version, the node of the variable, GraphDef.versions.producer, and SaverDef.
        Assert.Contains("5: \"1.15.0\"", lines);
        Assert.Contains("1: \"v\"", lines);
        Assert.Contains("2: \"VariableV2\"", lines);
        Assert.Contains("1: \"save/SaveV2\"", lines);
        Assert.Contains("1: 27", lines);
        int saver = Array.IndexOf(lines, "1: \"save/Const:0\"");
        Assert.Equal(
            ["3 {", "1: \"save/Const:0\"", "2: \"save/control_dependency:0\"", "3: \"save/restore_all\"", "4: 5", "6: 0x461c4000", "7: 2", "}"],
            lines.Skip(saver - 1).Take(8));
    }

    [Fact]
    public async Task ObjectGraph_OfAModel_DecodesToTheFieldsOfTheSpecification()
    {
        var builder = new ObjectGraphBuilder();
        builder.AddVariable("v");

        Assert.Equal(
            [
                "1 {", "1 {", "1: 1", "2: \"v\"", "}", "}",
                "1 {", "2 {", "1: \"VARIABLE_VALUE\"", "2: \"v\"", "3: \"v/.ATTRIBUTES/VARIABLE_VALUE\"", "}", "}",
            ],
            await DecodeAsync(builder.Build().ToBytes()));
    }

    private static async Task<string[]> DecodeAsync(byte[] message)
    {
        string protoc = Find() ?? "";
        if (protoc.Length == 0)
        {
            Needs.Unmet("There is no protoc: install protobuf-compiler, or set CAIRN_PROTOC.");
        }

        using Process process = Process.Start(new ProcessStartInfo(protoc, "--decode_raw") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await process.StandardInput.BaseStream.WriteAsync(message, TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        string text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TimeMax);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeMax);
        Assert.Equal(0, process.ExitCode);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("CAIRN_PROTOC") is { Length: > 0 } given)
        {
            return given;
        }

        string name = OperatingSystem.IsWindows() ? "protoc.exe" : "protoc";
        IEnumerable<string> onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name));
        return onPath.FirstOrDefault(File.Exists) ?? InPackages(name);
    }

    private static string? InPackages(string name)
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string tools = Path.Combine(packages, "grpc.tools");
        string system = OperatingSystem.IsWindows() ? "windows_x64" : OperatingSystem.IsMacOS() ? "macosx_universal"
            : RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux_arm64" : "linux_x64";
        return !Directory.Exists(tools) ? null : Directory.GetDirectories(tools)
            .Select(version => Path.Combine(version, "tools", system, name)).Where(File.Exists).Order(StringComparer.Ordinal).LastOrDefault();
    }
}
