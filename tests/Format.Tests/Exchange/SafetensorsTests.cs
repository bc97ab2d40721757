using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Exchange;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;
using Cairn.Format.Tests.Rewriting;

namespace Cairn.Format.Tests.Exchange;

public sealed class SafetensorsTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private readonly SmallCheckpoint _small = new();

    private ExchangeBlob Blob => new(_small.Store, "m.safetensors");

    [Fact]
    public async Task WriteAsync_LaysOutAsTheFormatsOwnWriter()
    {
        TensorSource[] tensors = await _small.WriteAsync(
            "a", ("b", TensorValue.Of(new TensorShape(2), (byte)1, (byte)2)), ("a/x", TensorValue.Of(TensorShape.Scalar, 1f)), ("\"é\"", TensorValue.Of(new TensorShape(1, 2), 3L, 4L)));

        await SafetensorsWriter.WriteAsync(
            tensors, Blob, new ExportOptions { Metadata = ImmutableSortedDictionary.CreateRange([KeyValuePair.Create("format", "pt")]) }, Token);

        byte[] bytes = await FileAsync();
        const string Json = """{"__metadata__":{"format":"pt"},"\"é\"":{"dtype":"I64","shape":[1,2],"data_offsets":[0,16]},"a/x":"""
            + """{"dtype":"F32","shape":[],"data_offsets":[16,20]},"b":{"dtype":"U8","shape":[2],"data_offsets":[20,22]}}""";
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        Assert.Equal(Json, Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        Assert.Equal("03000000000000000400000000000000" + "0000803f" + "0102", Convert.ToHexStringLower(bytes.AsSpan(8 + length)));
    }

    [Fact]
    public async Task OpenAsync_EveryTypeThatBothHave_ComesBackEqual()
    {
        TensorDType[] types = [.. Enum.GetValues<TensorDType>().Where(dtype => SafetensorsTypes.NameOf(dtype) is not null)];
        (string, TensorValue)[] values = [.. types.Select(dtype => (dtype.ShortName(), Pattern(dtype)))];
        TensorSource[] tensors = await _small.WriteAsync("a", values);

        await SafetensorsWriter.WriteAsync(tensors, Blob, null, Token);
        await BundleRewriter.WriteAsync(await SafetensorsReader.OpenAsync(Blob, Token), _small.At("b"), null, Token);

        Assert.Equal(16, types.Length);
        BundleReader reader = await _small.OpenAsync("b");
        foreach ((string name, TensorValue value) in values)
        {
            TensorValue read = await reader.ReadAsync(name, Token);
            Assert.Equal(value.DType, read.DType);
            Assert.Equal(value.Bytes.ToArray(), read.Bytes.ToArray());
        }
    }

    [Fact]
    public async Task WriteAsync_TypesThatTheFormatLacks_AreWidenedOrRefused()
    {
        TensorSource[] tensors = await _small.WriteAsync(
            "a", ("f8", Pattern(TensorDType.Float8E5M2FNUZ)), ("q", Pattern(TensorDType.QInt8)), ("s", TensorValue.OfStrings(TensorShape.Scalar, "x")));

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => SafetensorsWriter.WriteAsync(tensors, Blob, null, Token).AsTask());
        await SafetensorsWriter.WriteAsync([tensors[0]], Blob, null, Token);

        Assert.Equal(CheckpointError.Unsupported, fault.Error);
        Assert.Contains("'q qint8 [6]', 's string []'", fault.Message, StringComparison.Ordinal);
        Assert.Equal(TensorDType.Float, Assert.Single(await SafetensorsReader.OpenAsync(Blob, Token)).DType);
    }

    [Fact]
    public async Task OpenAsync_AnIndexOfSeveralFiles_HasTheTensorsOfAll()
    {
        TensorSource[] tensors = await _small.WriteAsync("a", ("x", Pattern(TensorDType.Float)), ("y", Pattern(TensorDType.Half)));
        await SafetensorsWriter.WriteAsync([tensors[0]], new ExchangeBlob(_small.Store, "d/m-1.safetensors"), null, Token);
        await SafetensorsWriter.WriteAsync([tensors[1]], new ExchangeBlob(_small.Store, "d/m-2.safetensors"), null, Token);
        const string Index = """{"metadata":{"total_size":36},"weight_map":{"x":"m-1.safetensors","y":"m-2.safetensors"}}""";
        await _small.Store.TryWriteAsync("d/m.safetensors.index.json", Encoding.UTF8.GetBytes(Index), default, Token);

        ExchangeBlob blob = new(_small.Store, "d/m.safetensors.index.json");

        Assert.Equal(["x", "y"], (await SafetensorsReader.OpenAsync(blob, Token)).Select(tensor => tensor.Name));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", CheckpointError.Corrupt)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}""", CheckpointError.Corrupt)]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", CheckpointError.Corrupt)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}""", CheckpointError.Corrupt)]
    [InlineData("""{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,8]}}""", CheckpointError.Unsupported)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", CheckpointError.Corrupt)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", CheckpointError.Corrupt)]
    [InlineData("""{"a":[]}""", CheckpointError.Corrupt)]
    [InlineData("""[1,2]""", CheckpointError.Corrupt)]
    [InlineData("""{"a":""", CheckpointError.Corrupt)]
    [InlineData("", CheckpointError.Corrupt)]
    public async Task OpenAsync_AWrongHeader_IsRefused(string json, CheckpointError expected)
    {
        byte[] text = Encoding.UTF8.GetBytes(json);
        byte[] file = [.. BitConverter.GetBytes((long)text.Length), .. text, .. new byte[8]];
        await _small.Store.TryWriteAsync("m.safetensors", file, default, Token);

        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => SafetensorsReader.OpenAsync(Blob, Token).AsTask());

        Assert.Equal(expected, fault.Error);
    }

    [Fact]
    public async Task OpenAsync_AFileCutAnywhere_IsCorrupt()
    {
        await SafetensorsWriter.WriteAsync(await _small.WriteAsync("a", ("x", Pattern(TensorDType.Float))), Blob, null, Token);
        byte[] whole = await FileAsync();
        for (int length = 0; length < whole.Length; length++)
        {
            await _small.Store.TryWriteAsync("m.safetensors", whole.AsMemory(0, length), default, Token);

            CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(() => SafetensorsReader.OpenAsync(Blob, Token).AsTask());

            Assert.Equal(CheckpointError.Corrupt, fault.Error);
        }
    }

    private static TensorValue Pattern(TensorDType dtype) => TensorValue.FromBytes(
        dtype, new TensorShape(6), Enumerable.Range(0, 6 * dtype.ElementBytes()).Select(i => (byte)(dtype == TensorDType.Bool ? i % 2 : i)).ToArray());

    private async Task<byte[]> FileAsync() => (await _small.Store.TryReadAsync("m.safetensors", 1 << 20, Token))!.Bytes.ToArray();
}
