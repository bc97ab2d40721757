using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Addresses;
using Cairn.Testing;

namespace Cairn.Storage.Tests.Addresses;

public sealed class StoreAddressTests
{
    private static readonly StoreOptions Options = new()
    {
        AzureConnectionString = "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=AAAA;EndpointSuffix=core.windows.net",
    };

    [Theory]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/a/b/", "/a/b")]
    [InlineData("/a/../b", "/b")]
    [InlineData("file:///a/b%20c", "/a/b c")]
    [InlineData("file://localhost/a", "/a")]
    [InlineData("FILE:///a", "/a")]
    [InlineData("azblob://models", "azblob://models")]
    [InlineData("azblob://models/", "azblob://models")]
    [InlineData("azblob://models/a/b", "azblob://models/a/b")]
    [InlineData("azblob://models/a/b/", "azblob://models/a/b")]
    [InlineData("https://acc.blob.core.windows.net/models", "azblob://models")]
    [InlineData("https://acc.blob.core.windows.net/models/a%20b?sv=1&sig=x", "azblob://models/a b")]
    public void Open_AcceptedForm_IsThatStore(string address, string expected) =>
        Assert.Equal(expected, StoreAddress.Parse(address).Open(Options).Address.Replace('\\', '/'));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("s3://bucket/a")]
    [InlineData("gs://bucket/a")]
    [InlineData("http://acc.blob.core.windows.net/models")]
    [InlineData("https://example.com/models")]
    [InlineData("https://acc.blob.core.windows.net/")]
    [InlineData("https://user@acc.blob.core.windows.net/models")]
    [InlineData("azblob://")]
    [InlineData("azblob:///a")]
    [InlineData("azblob://UPPER/a")]
    [InlineData("azblob://ab/a")]
    [InlineData("azblob://a--b/a")]
    [InlineData("file://host/a")]
    [InlineData("file://a")]
    public void Parse_Malformed_ListsTheAcceptedForms(string address)
    {
        CheckpointException fault = Assert.Throws<CheckpointException>(() => StoreAddress.Parse(address));

        Assert.Equal(CheckpointError.InvalidArgument, fault.Error);
        Assert.Contains(StoreAddress.Forms, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("azblob://models/../a/")]
    [InlineData("azblob://models//a")]
    [InlineData("https://acc.blob.core.windows.net/models/../other/")]
    [InlineData("https://acc.blob.core.windows.net/models/%2e%2e/other/")]
    public void Parse_FolderThatEscapes_IsRefused(string address) =>
        Assert.Equal(CheckpointError.InvalidArgument, Assert.Throws<CheckpointException>(() => StoreAddress.Parse(address)).Error);

    [Fact]
    public void Malformed_WithASas_DoesNotShowIt()
    {
        CheckpointException fault = Assert.Throws<CheckpointException>(() => StoreAddress.Parse("https://example.com/models?sig=secret"));

        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AzureWithoutConnectionString_SaysWhatToSet()
    {
        CheckpointException fault = Assert.Throws<CheckpointException>(() => StoreAddress.Parse("azblob://models")
            .Open(new StoreOptions { AzureConnectionString = null }));

        Assert.Contains("AZURE_STORAGE_CONNECTION_STRING", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a/b/model.ckpt-1", "/a/b", "model.ckpt-1")]
    [InlineData("/a/b/", "/a/b", "")]
    [InlineData("/model", "/", "model")]
    [InlineData("azblob://models/model.ckpt", "azblob://models", "model.ckpt")]
    [InlineData("azblob://models/a/b/model.ckpt", "azblob://models/a/b", "model.ckpt")]
    [InlineData("azblob://models/a/", "azblob://models/a", "")]
    public void OfPrefix_SplitsAtTheLastSlash(string address, string store, string name)
    {
        StoreLocation location = StoreLocation.OfPrefix(address, Options);

        Assert.Equal((store, name), (location.Store.Address, location.Name));
    }

    [Fact]
    public void OfPrefix_BareName_IsInTheCurrentFolder()
    {
        StoreLocation location = StoreLocation.OfPrefix("model.ckpt", Options);

        Assert.Equal((Directory.GetCurrentDirectory(), "model.ckpt"), (location.Store.Address, location.Name));
    }

    [Fact]
    public void OfPrefix_DotDotAsName_IsRefused() =>
        Assert.Equal(CheckpointError.InvalidArgument, Assert.Throws<CheckpointException>(() => StoreLocation.OfPrefix("/a/..", Options)).Error);

    [Fact]
    public async Task OfPrefix_FileThatIsALinkOutOfTheFolder_IsRead()
    {
        using var folder = new TemporaryFolder();
        string elsewhere = Path.Combine(folder.Path, "elsewhere");
        Directory.CreateDirectory(Path.Combine(folder.Path, "linked"));
        await File.WriteAllTextAsync(elsewhere, "text", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(folder.Path, "linked", "model.index"), elsewhere);

        StoreLocation location = StoreLocation.OfPrefix(Path.Combine(folder.Path, "linked", "model"));

        BlobContent content = (await location.Store.TryReadAsync("model.index", 10, TestContext.Current.CancellationToken))!;
        Assert.Equal("text"u8.ToArray(), content.Bytes.ToArray());
    }
}
