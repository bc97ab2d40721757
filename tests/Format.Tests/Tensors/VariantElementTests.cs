using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Storage.Memory;

namespace Cairn.Format.Tests.Tensors;

/// <summary>Variants: type name, metadata and tensors, and the same bytes again.</summary>
public sealed class VariantElementTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    // VariantTensorDataProto { type_name: "T", metadata: "\x01", tensors: { dtype: DT_INT64, tensor_shape {}, int64_val: 7 } }
    private const string Golden = "0a0154" + "120101" + "1a07" + "0809" + "1200" + "520107";

    public static TheoryData<TensorDType> FixedSize => [.. Enum.GetValues<TensorDType>().Where(dtype => dtype.IsFixedSize())];

    [Fact]
    public void Parse_AnElement_HasItsParts_AndItsBytesAgain()
    {
        byte[] bytes = Convert.FromHexString(Golden);

        VariantElement element = VariantElement.Parse(bytes);

        Assert.Equal("T", element.TypeName);
        Assert.Equal([1], element.Metadata.ToArray());
        Assert.Equal([7L], element.ReadTensor(0).ToArray<long>());
        Assert.Equal(bytes, element.Bytes.ToArray());
        Assert.Equal(bytes, VariantElement.Create("T", [1], TensorValue.Of(TensorShape.Scalar, 7L)).Bytes.ToArray());
    }

    [Theory]
    [MemberData(nameof(FixedSize))]
    public void Create_WithATensorOfAnyType_ReadsBackEqual(TensorDType dtype)
    {
        byte[] bytes = [.. Enumerable.Range(0, 6 * dtype.ElementBytes()).Select(i => (byte)(dtype == TensorDType.Bool ? i % 2 : i + 1))];

        VariantElement element = VariantElement.Parse(VariantElement.Create("T", [], TensorValue.FromBytes(dtype, new TensorShape(2, 3), bytes)).Bytes);

        TensorValue value = element.ReadTensor(0);
        Assert.Equal(dtype, value.DType);
        Assert.Equal(new TensorShape(2, 3), value.Shape);
        Assert.Equal(bytes, value.Bytes.ToArray());
    }

    [Fact]
    public void Create_WithStringsAndVariants_ReadsBackEqual()
    {
        VariantElement inner = VariantElement.Create("inner", [9], TensorValue.OfStrings(new TensorShape(2), "a", ""));
        TensorValue variants = TensorValue.FromElements(TensorDType.Variant, TensorShape.Scalar, [inner.Bytes]);

        VariantElement element = VariantElement.Parse(VariantElement.Create("outer", [], variants, TensorValue.Of<float>(new TensorShape(0))).Bytes);

        VariantElement again = Assert.Single(VariantElement.Of(element.ReadTensor(0)));
        Assert.Equal("inner", again.TypeName);
        Assert.Equal(["a", ""], again.ReadTensor(0).ToStrings());
        Assert.Equal(0, element.ReadTensor(1).Shape.ElementCount);
    }

    [Theory]
    [InlineData("0801120412020803" + "2a040000803f", new[] { 1f, 1f, 1f })] // One value fills the shape.
    [InlineData("0801120412020803" + "2a080000803f00000040", new[] { 1f, 2f, 2f })] // The last value fills the rest.
    [InlineData("0801120412020803", new[] { 0f, 0f, 0f })] // Without a value, zeros.
    [InlineData("0801120412020802" + "22080000803f00000040", new[] { 1f, 2f })] // tensor_content
    public void ReadTensor_OfAnyForm_IsTheTensor(string proto, float[] expected) =>
        Assert.Equal(expected, VariantElement.Parse(Holding(proto)).ReadTensor(0).ToArray<float>());

    [Theory]
    [InlineData("0801120412020801" + "2a080000803f00000040", "values of 8 bytes are not a tensor float [1]")]
    [InlineData("0801120412020803" + "2204" + "0000803f", "4 bytes of content are not a tensor float [3]")]
    [InlineData("08011202" + "1801", "Invalid tensor shape")]
    [InlineData("0814", "a tensor of type resource has no value outside its process")]
    [InlineData("0807" + "1200" + "42004200", "2 values are more than a tensor string [] has")]
    public void ReadTensor_ThatContradictsItself_IsCorrupt(string proto, string reason)
    {
        var fault = Assert.Throws<CheckpointException>(() => VariantElement.Parse(Holding(proto)).ReadTensor(0));

        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0801" + "1208" + "1206" + "08" + "8080808020" + "2a040000803f")] // 2^33 floats of one value
    [InlineData("0807" + "1208" + "1206" + "08" + "8080808020")]
    public void ReadTensor_OfAShapeBeyondMemory_IsRefusedBeforeItIsAskedFor(string proto)
    {
        VariantElement element = VariantElement.Parse(Holding(proto));
        long before = GC.GetAllocatedBytesForCurrentThread();

        var fault = Assert.Throws<CheckpointException>(() => element.ReadTensor(0));

        Assert.Equal(CheckpointError.LimitExceeded, fault.Error);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Parse_OtherBytes_IsCorruptInTensorFlowsWords()
    {
        var fault = Assert.Throws<CheckpointException>(() => VariantElement.Parse(new byte[] { 0x0A, 0x05, 0x41 }));

        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.Contains("Unable to parse VariantTensorDataProto from buffer of size 3", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddAsync_AVariantTensor_ReadsBackAndIsWrittenTheSame()
    {
        var store = new MemoryBlobStore();
        VariantElement[] elements = [VariantElement.Create("a", "m"u8, TensorValue.Of(new TensorShape(2), 1, 2)), VariantElement.Create("", [])];
        TensorValue value = TensorValue.FromElements(TensorDType.Variant, new TensorShape(2), [.. elements.Select(element => element.Bytes)]);
        await WriteAsync(store, "a", value);
        BundleReader reader = await BundleReader.OpenAsync(store, new CheckpointPrefix("a"), Token);

        TensorValue read = await reader.ReadAsync("iterator/.ATTRIBUTES/ITERATOR_STATE", Token);
        await WriteAsync(store, "b", TensorValue.FromElements(
            TensorDType.Variant, read.Shape, [.. VariantElement.Of(read).Select(element => element.Bytes)]));

        Assert.Equal(elements.Select(element => element.ToString()), VariantElement.Of(read).Select(element => element.ToString()));
        Assert.Equal(await BytesAsync(store, "a.index"), await BytesAsync(store, "b.index"));
        Assert.Equal(await BytesAsync(store, "a.data-00000-of-00001"), await BytesAsync(store, "b.data-00000-of-00001"));
    }

    private static byte[] Holding(string proto)
    {
        byte[] bytes = Convert.FromHexString(proto);
        return [0x1A, (byte)bytes.Length, .. bytes];
    }

    private static async Task WriteAsync(MemoryBlobStore store, string prefix, TensorValue value)
    {
        await using BundleWriter writer = await BundleWriter.CreateAsync(store, new CheckpointPrefix(prefix), null, Token);
        await writer.AddAsync("iterator/.ATTRIBUTES/ITERATOR_STATE", value, Token);
        await writer.FinishAsync(Token);
    }

    private static async Task<byte[]> BytesAsync(MemoryBlobStore store, string name) =>
        (await store.TryReadAsync(name, int.MaxValue, Token))!.Bytes.ToArray();
}
