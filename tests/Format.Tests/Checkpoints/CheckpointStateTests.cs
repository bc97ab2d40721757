using System.Text;
using Cairn.Format.Checkpoints;
using Cairn.Format.Errors;

namespace Cairn.Format.Tests.Checkpoints;

public sealed class CheckpointStateTests
{
    private static CheckpointState Parse(string text) => CheckpointState.Parse(Encoding.UTF8.GetBytes(text), "train/checkpoint");

    [Fact]
    public void ToUtf8_AStateOfCheckpointManager_IsTheTextOfTensorFlow()
    {
        CheckpointState state = new()
        {
            ModelCheckpointPath = "model.ckpt-300",
            AllModelCheckpointPaths = ["model.ckpt-200", "model.ckpt-300"],
            AllModelCheckpointTimestamps = [1673735799.685766, 1673735805.1234],
            LastPreservedTimestamp = 1673735798.685,
        };

        const string Text = """
            model_checkpoint_path: "model.ckpt-300"
            all_model_checkpoint_paths: "model.ckpt-200"
            all_model_checkpoint_paths: "model.ckpt-300"
            all_model_checkpoint_timestamps: 1673735799.685766
            all_model_checkpoint_timestamps: 1673735805.1234
            last_preserved_timestamp: 1673735798.685

            """;
        Assert.Equal(Text, Encoding.UTF8.GetString(state.ToUtf8()));
        Assert.Equal(state, Parse(Text));
    }

    [Fact]
    public void ToUtf8_OddCharacters_AreEscaped_AndComeBack()
    {
        CheckpointState state = CheckpointState.Record("/d", "/d/a\n\r\t\"'\\\u0001\u007f-ü-\U0001F5FF");

        Assert.Equal(
            "model_checkpoint_path: \"/d/a\\n\\r\\t\\\"\\'\\\\\\001\\177-ü-\U0001F5FF\"",
            Encoding.UTF8.GetString(state.ToUtf8()).Split('\n')[0]);
        Assert.Equal(state, CheckpointState.Parse(state.ToUtf8(), "checkpoint"));
    }

    [Fact]
    public void ToUtf8_HalfASurrogatePair_IsRefused()
    {
        CheckpointException fault = Assert.Throws<CheckpointException>(() => CheckpointState.Record("/d", "/d/\ud800").ToUtf8());
        Assert.Equal(CheckpointError.InvalidArgument, fault.Error);
    }

    [Theory]
    [InlineData("model_checkpoint_path: 'a'")]
    [InlineData("  model_checkpoint_path : \"a\" ;")]
    [InlineData("# a comment\r\nmodel_checkpoint_path: \"a\"\r\n# another")]
    [InlineData("model_checkpoint_path: \"\" 'a' # comment\n \"\",")]
    [InlineData("model_checkpoint_path: \"\\141\"")]
    [InlineData("model_checkpoint_path: \"\\x61\"")]
    [InlineData("model_checkpoint_path: \"\\u0061\"")]
    [InlineData("model_checkpoint_path: \"\\U00000061\"")]
    [InlineData("model_checkpoint_path: 'b' model_checkpoint_path: 'a'")]
    [InlineData("unknown { x: 1 y < z: [1, -2.5e-3, 'q'] > } [a.b/c.d]: { } other: FOO 17: '\\377' model_checkpoint_path: 'a' n: -inf")]
    [InlineData("\uFEFFmodel_checkpoint_path: 'a'")]
    public void Parse_AnySpellingOfOneField_IsTheSame(string text) => Assert.Equal("a", Parse(text).ModelCheckpointPath);

    [Fact]
    public void Parse_OctalBytes_AreOneUtf8Text() => Assert.Equal("ü\U0001F5FF", Parse(@"model_checkpoint_path: ""\303\274\ud83d\uddff""").ModelCheckpointPath);

    [Fact]
    public void Parse_ListsInAnyOrder_AreJoined()
    {
        CheckpointState state = Parse("all_model_checkpoint_timestamps: [1, 2e3, inf] all_model_checkpoint_paths: ['a', \"b\" 'c'] "
            + "last_preserved_timestamp: -0.5f all_model_checkpoint_paths: [] all_model_checkpoint_paths: 'd' model_checkpoint_path: 'd'");

        Assert.Equal(["a", "bc", "d"], state.AllModelCheckpointPaths);
        Assert.Equal([1, 2000, double.PositiveInfinity], state.AllModelCheckpointTimestamps);
        Assert.Equal(-0.5, state.LastPreservedTimestamp);
    }

    [Theory]
    [InlineData("model_checkpoint_path 'a'", 1, 23)]
    [InlineData("model_checkpoint_path: a", 1, 24)]
    [InlineData("model_checkpoint_path: 'a\n'", 1, 26)]
    [InlineData("model_checkpoint_path: 'a'\n\n  all_model_checkpoint_paths: 7", 3, 31)]
    [InlineData("model_checkpoint_path: 'ü' !", 1, 28)]
    [InlineData("model_checkpoint_path: '\\q'", 1, 25)]
    [InlineData("model_checkpoint_path: '\\777'", 1, 25)]
    [InlineData("model_checkpoint_path: '\\377'", 1, 24)]
    [InlineData("model_checkpoint_path: '\\ud800'", 1, 25)]
    [InlineData("all_model_checkpoint_paths: ['a' 'b' c]", 1, 38)]
    [InlineData("unknown: { a: 1", 1, 16)]
    [InlineData("version https://git-lfs.github.com/spec/v1", 1, 9)]
    public void Parse_ABrokenText_NamesFileLineAndColumn(string text, int line, int column)
    {
        CheckpointException fault = Assert.Throws<CheckpointException>(() => Parse(text));

        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.StartsWith($"'train/checkpoint' is not a checkpoint state file: line {line}, column {column}: ", fault.Message);
    }

    [Fact]
    public void Parse_NestingWithoutEnd_IsRefusedAtItsLimit()
    {
        Assert.Throws<CheckpointException>(() => Parse(string.Concat(Enumerable.Repeat("a {", 100_000))));
        Assert.Throws<CheckpointException>(() => Parse("a: " + new string('[', 100_000)));
    }

    [Fact]
    public void Parse_AFileOverTheLimit_IsRefused()
    {
        CheckpointException fault = Assert.Throws<CheckpointException>(() => CheckpointState.Parse(new byte[CheckpointState.LengthBytesMax + 1], "checkpoint"));
        Assert.Equal(CheckpointError.LimitExceeded, fault.Error);
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 50)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Parse_RandomBytes_IsAStateOrARefusal(int seed)
    {
        Random random = new(seed);
        byte[] sound =
            Encoding.UTF8.GetBytes("model_checkpoint_path: \"a\\303\\274\"\nall_model_checkpoint_paths: ['b', \"\\u00fc\"]\nx { y: 1e-7 }\n"
                + "last_preserved_timestamp: 1.5\n");
        for (int round = 0; round < 400; round++)
        {
            byte[] bytes = new byte[random.Next(0, 60)];
            random.NextBytes(bytes);
            if (round % 2 == 0)
            {
                bytes = [.. sound];
                for (int hit = random.Next(1, 5); hit > 0; hit--)
                {
                    bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"\\\"'[]{}<>:;,#-ux0\n"[random.Next(18)];
                }
            }

            if (Record.Exception(() => CheckpointState.Parse(bytes, "checkpoint")) is { } fault)
            {
                Assert.Equal(CheckpointError.Corrupt, Assert.IsType<CheckpointException>(fault).Error);
            }
        }
    }

    public static TheoryData<string> CorpusFiles => [.. Testing.Corpus.Files("checkpoint")];

    [Theory]
    [MemberData(nameof(CorpusFiles))]
    public void Parse_AFileOfTensorFlow_IsWrittenBackByteForByte(string file)
    {
        byte[] bytes = File.ReadAllBytes(Testing.Corpus.PathOf(file));
        Assert.Equal(bytes, CheckpointState.Parse(bytes, file).ToUtf8());
    }
}
