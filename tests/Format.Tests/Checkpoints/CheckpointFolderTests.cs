using System.Text;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Storage.Local;
using Cairn.Storage.Memory;

namespace Cairn.Format.Tests.Checkpoints;

public sealed class CheckpointFolderTests
{
    private readonly MemoryBlobStore _store = new();

    [Fact]
    public async Task Latest_OfARelativePath_IsInTheFolder()
    {
        await WriteAsync(_store, "train/checkpoint", "model_checkpoint_path: \"./model.ckpt-7\"");
        await WriteAsync(_store, "train/model.ckpt-7.index", "x");

        foreach (string folder in (string[])["train", "train/", "./train", "a/../train"])
        {
            Assert.Equal(new LatestCheckpoint(new CheckpointPrefix("train/model.ckpt-7"), null), await CheckpointFolder.LatestAsync(_store, folder));
        }
    }

    [Theory]
    [InlineData("", "model", "model")]
    [InlineData("memory", "memory/model", "memory/memory/model")]
    [InlineData("a/b", "../model", "a/model")]
    [InlineData("a", "", null)]
    [InlineData("a", "b/", "a/b/")]
    public async Task Latest_OfAnyRelativePath_IsJoinedToTheFolder(string folder, string path, string? prefix)
    {
        string slash = folder.Length == 0 ? "" : "/";
        await WriteAsync(_store, $"{folder}{slash}latest", $"model_checkpoint_path: '{path}'");
        await WriteAsync(_store, $"{prefix}.index", "x");

        if (prefix is null)
        {
            CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(async () => await CheckpointFolder.LatestAsync(_store, folder, "latest"));
            Assert.StartsWith("Invalid checkpoint state loaded from 'a/latest'", fault.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(prefix, (await CheckpointFolder.LatestAsync(_store, folder, "latest")).Prefix?.Value);
    }

    [Fact]
    public async Task Latest_NamingWhatIsGone_IsNull_ThoughAnOlderOneIsThere()
    {
        await WriteAsync(_store, "train/checkpoint", "model_checkpoint_path: 'm-2' all_model_checkpoint_paths: ['m-1', 'm-2']");
        await WriteAsync(_store, "train/m-1.index", "x");

        LatestCheckpoint latest = await CheckpointFolder.LatestAsync(_store, "train");

        Assert.Null(latest.Prefix);
        Assert.Equal("'train/checkpoint' in memory names 'm-2', but there is no 'train/m-2.index'.", latest.Reason);
    }

    [Theory]
    [InlineData("/old/place/m-2", "names '/old/place/m-2', which is outside this store. "
        + "The folder seems to have been moved: 'train/m-2' is there; name it yourself.")]
    [InlineData("/old/place/m-3", "names '/old/place/m-3', which is outside this store.")]
    [InlineData("gs://bucket/m-2", "names 'gs://bucket/m-2', which is outside this store.")]
    [InlineData("../../m-2", "names '../../m-2', which is outside this store.")]
    [InlineData("v1", "names 'v1', which is a V1 checkpoint: one file and no 'train/v1.index'. Cairn reads V2 checkpoints.")]
    [InlineData("notes", "names 'notes', but there is no 'train/notes.index'.")]
    public async Task Latest_NamingWhatIsNotHere_IsNull_AndSaysWhere(string path, string reason)
    {
        await WriteAsync(_store, "train/checkpoint", $"model_checkpoint_path: '{path}'");
        await WriteAsync(_store, "train/m-2.index", "x");
        await _store.TryWriteAsync("train/v1", new TableWriter().Finish(), default, TestContext.Current.CancellationToken);
        await WriteAsync(_store, "train/notes", new string('x', 100));

        Assert.Equal(new LatestCheckpoint(null, $"'train/checkpoint' in memory {reason}"), await CheckpointFolder.LatestAsync(_store, "train"));
    }

    [Fact]
    public async Task Latest_WithoutAStateFile_OrWithABrokenOne_IsNull_AndSaysWhy()
    {
        Assert.Equal("There is no 'train/checkpoint' in memory.", (await CheckpointFolder.LatestAsync(_store, "train")).Reason);

        await WriteAsync(_store, "train/checkpoint", "what?");
        LatestCheckpoint latest = await CheckpointFolder.LatestAsync(_store, "train");
        Assert.Null(latest.Prefix);
        Assert.Contains("line 1, column 5", latest.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Latest_OfAnEmptyStateFile_IsAnError()
    {
        await WriteAsync(_store, "train/checkpoint", "");
        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(async () => await CheckpointFolder.LatestAsync(_store, "train"));
        Assert.Equal(CheckpointError.Corrupt, fault.Error);
    }

    [Theory]
    [InlineData("/train")]
    [InlineData("..")]
    public async Task Latest_OfAFolderOutsideTheStore_IsRefused(string folder)
    {
        CheckpointException fault = await Assert.ThrowsAsync<CheckpointException>(async () => await CheckpointFolder.LatestAsync(_store, folder));
        Assert.Equal(CheckpointError.InvalidArgument, fault.Error);
    }

    [Fact]
    public async Task Latest_OfAnAbsolutePathBelowTheStore_IsFoundThere()
    {
        string root = Directory.CreateTempSubdirectory("cairn-folder-").FullName;
        try
        {
            LocalBlobStore store = new(root);
            await WriteAsync(store, "train/checkpoint", $"model_checkpoint_path: '{store.Address}/train/m-1'");
            await WriteAsync(store, "train/m-1.index", "x");

            Assert.Equal("train/m-1", (await CheckpointFolder.LatestAsync(store, "train")).Prefix?.Value);
            Assert.True(Assert.Single(await CheckpointFolder.ListAsync(store, "train")).IsLatest);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task List_AFolder_HasEveryCheckpointWithAnIndex_OldestFirst()
    {
        string[] names =
        [
            "t/m-2.index", "t/m-10.index", "t/m-2.data-00000-of-00002", "t/m-2.data-00001-of-00002", "t/m-2.meta", "t/m-10.data-00000-of-00001",
            "t/half-3.data-00000-of-00001", "t/half-3.meta", "t/inner/m-1.index", "t/.index", "t/m-2.cairn.json",
        ];
        foreach (string name in names)
        {
            await WriteAsync(_store, name, "12345");
        }

        await WriteAsync(_store, "t/checkpoint", "model_checkpoint_path: 'm-10' all_model_checkpoint_paths: ['m-2', '/elsewhere/m-10']");
        IReadOnlyList<CheckpointListing> listed = await CheckpointFolder.ListAsync(_store, "t");

        Assert.Equal(["t/", "t/m-10", "t/m-2"], listed.Select(listing => listing.Prefix.Value).Order(StringComparer.Ordinal));
        Assert.Equal(listed.OrderBy(listing => listing.LastModified), listed);

        CheckpointListing two = listed.Single(listing => listing.Prefix.Value == "t/m-2");
        Assert.Equal((2L, 5L, 10L, 2, true, true, false), (two.Step, two.IndexBytes, two.DataBytes, two.DataFiles, two.HasMeta, two.IsNamed, two.IsLatest));
        CheckpointListing ten = listed.Single(listing => listing.Prefix.Value == "t/m-10");
        Assert.Equal((10L, 5L, 1, false, true, true), (ten.Step, ten.DataBytes, ten.DataFiles, ten.HasMeta, ten.IsNamed, ten.IsLatest));
    }

    [Fact]
    public async Task List_BesideABrokenStateFile_NamesNone()
    {
        await WriteAsync(_store, "m-1.index", "x");
        await WriteAsync(_store, "checkpoint", "what?");

        CheckpointListing listing = Assert.Single(await CheckpointFolder.ListAsync(_store, ""));
        Assert.Equal(("m-1", false, false), (listing.Prefix.Value, listing.IsNamed, listing.IsLatest));
    }

    public static TheoryData<string> CorpusFiles => [.. Testing.Corpus.Files("checkpoint")];

    [Theory]
    [MemberData(nameof(CorpusFiles))]
    public async Task Latest_OfAFolderOfTensorFlow_IsAPrefixOrAReason(string file)
    {
        string folder = Path.GetDirectoryName(Testing.Corpus.PathOf(file))!;
        LatestCheckpoint latest = await CheckpointFolder.LatestAsync(new LocalBlobStore(folder), "");

        Assert.True(latest.Prefix is null == latest.Reason is not null);
        Assert.Equal(latest.Prefix is not null, latest.Prefix is { } prefix && File.Exists(Path.Combine(folder, prefix.IndexName)));
    }

    private static async Task WriteAsync(IBlobStore store, string name, string text) =>
        Assert.NotNull(await store.TryWriteAsync(name, Encoding.UTF8.GetBytes(text), BlobCondition.None, TestContext.Current.CancellationToken));
}
