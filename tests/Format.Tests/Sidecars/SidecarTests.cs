using System.Text;
using Cairn.Format.Errors;
using Cairn.Format.Sidecars;

namespace Cairn.Format.Tests.Sidecars;

public sealed class SidecarTests
{
    internal const string Text = """
        {
          "formatVersion": 1,
          "model": "ranker",
          "attempt": "00000000-0000-0000-0000-0000000000a1",
          "generation": 2,
          "epoch": 7,
          "cut": 3,
          "globalStep": 1000,
          "sessions": [
            {
              "name": "worker-0",
              "incarnation": "00000000-0000-0000-0000-0000000000b0",
              "step": 12
            },
            {
              "name": "worker-1",
              "incarnation": "00000000-0000-0000-0000-0000000000b1",
              "step": -1
            }
          ],
          "tornSteps": [
            {
              "session": "worker-2",
              "incarnation": "00000000-0000-0000-0000-0000000000b2",
              "step": 9
            }
          ],
          "averages": [
            {
              "variable": "w",
              "name": "ExponentialMovingAverage",
              "decay": 0.999,
              "numUpdates": 4,
              "updates": 5
            }
          ],
          "shards": [
            {
              "variable": "w",
              "index": 0,
              "count": 2,
              "rowOffset": 0,
              "rows": 2,
              "dataFile": 0,
              "offset": 0,
              "size": 16,
              "crc32c": "7498284c"
            },
            {
              "variable": "w",
              "index": 1,
              "count": 2,
              "rowOffset": 2,
              "rows": 1,
              "dataFile": 1,
              "offset": 0,
              "size": 8,
              "crc32c": "00ffb92c"
            }
          ],
          "indexSha256": "0fd0a2b81c14fd246c78705ee3434895a729ad0c24f6a8fcfd7bbc3fa3017ff2",
          "digests": [
            {
              "file": "model.ckpt-1000.data-00000-of-00002",
              "size": 16,
              "sha256": null
            },
            {
              "file": "model.ckpt-1000.meta",
              "size": 5,
              "sha256": "79a5cc41771aa14ad3d1e3b560e92ad280bae9ff40ed9a1ce35eeb789bd3cce4"
            }
          ],
          "crc32c": "f0148e1d"
        }
        """;

    private static readonly Sidecar Example = new(
        Sidecar.FormatVersionCurrent, "ranker", Id(0xa1), Generation: 2, Epoch: 7, Cut: 3, GlobalStep: 1000,
        Sessions: [new("worker-1", Id(0xb1), -1), new("worker-0", Id(0xb0), 12)],
        TornSteps: [new("worker-2", Id(0xb2), 9)],
        Averages: [new("w", "ExponentialMovingAverage", 0.999f, 4, 5)],
        Shards: [new("w", 1, 2, 2, 1, 1, 0, 8, 0x00ffb92c), new("w", 0, 2, 0, 2, 0, 0, 16, 0x7498284c)],
        IndexSha256: "0fd0a2b81c14fd246c78705ee3434895a729ad0c24f6a8fcfd7bbc3fa3017ff2",
        Digests:
        [
            new("model.ckpt-1000.meta", 5, "79a5cc41771aa14ad3d1e3b560e92ad280bae9ff40ed9a1ce35eeb789bd3cce4"),
            new("model.ckpt-1000.data-00000-of-00002", 16, null),
        ]);

    [Fact]
    public void ToUtf8_ListsInAnyOrder_IsTheSameText() => Assert.Equal(Text, Encoding.UTF8.GetString(Example.ToUtf8()));

    [Fact]
    public void Parse_OfWhatWasWritten_IsWrittenTheSame() => Assert.Equal(Text, Encoding.UTF8.GetString(Parse(Text).ToUtf8()));

    [Fact]
    public void Parse_WithoutStepAndWithMembersOfTomorrow_IsRead()
    {
        string text = Text.Replace("\"globalStep\": 1000,", "\"globalStep\": null, \"tomorrow\": {\"a\": [1]},", StringComparison.Ordinal)
            .Replace("\"numUpdates\": 4", "\"numUpdates\": null", StringComparison.Ordinal);
        string withoutChecksum = text[..text.LastIndexOf(',')] + "\n}";
        var sidecar = Sidecar.Parse(SidecarChecksum.Append(Encoding.UTF8.GetBytes(withoutChecksum)), "a.cairn.json");

        Assert.Null(sidecar.GlobalStep);
        Assert.Null(sidecar.Averages[0].NumUpdates);
    }

    [Theory]
    [InlineData("\"formatVersion\": 1", "\"formatVersion\": 2", CheckpointError.Corrupt, "its checksum is")]
    [InlineData("\"step\": 12", "\"step\": 13", CheckpointError.Corrupt, "it was changed since it was written")]
    [InlineData(",\n  \"crc32c\"", ",\n\"crc32c\"", CheckpointError.Corrupt, "does not end with its checksum")]
    [InlineData("\"formatVersion\": 1,", "", CheckpointError.Corrupt, "formatVersion")]
    [InlineData("\"model\": \"ranker\"", "\"model\": null", CheckpointError.Corrupt, "model")]
    [InlineData("\"model\": \"ranker\",", "", CheckpointError.Corrupt, "model")]
    [InlineData("\"model\": \"ranker\"", "\"model\": \"ranker\", \"model\": \"x\"", CheckpointError.Corrupt, "model")]
    [InlineData("\"cut\": 3", "\"cut\": -3", CheckpointError.Corrupt, "cut -3")]
    [InlineData("\"cut\": 3", "\"cut\": \"3\"", CheckpointError.Corrupt, "cut")]
    [InlineData("\"decay\": 0.999", "\"decay\": 1.5", CheckpointError.Corrupt, "decay 1.5")]
    [InlineData("\"index\": 1", "\"index\": 2", CheckpointError.Corrupt, "shard 2 of 2 of 'w'")]
    [InlineData("\"crc32c\": \"7498284c\"", "\"crc32c\": \"7498284\"", CheckpointError.Corrupt, "8 hexadecimal")]
    [InlineData("\"rows\": 1", "\"rows\": 9223372036854775807", CheckpointError.Corrupt, "impossible")]
    [InlineData("\"indexSha256\": \"0", "\"indexSha256\": \"", CheckpointError.Corrupt, "SHA-256")]
    [InlineData("\"size\": 5", "\"size\": -5", CheckpointError.Corrupt, "-5 bytes")]
    [InlineData("{\n      \"session\"", "null, {\n      \"session\"", CheckpointError.Corrupt, "null")]
    [InlineData("\n}", "", CheckpointError.Corrupt, "JSON")]
    public void Parse_ADamagedDocument_IsRefusedWithItsNameAndFault(string old, string changed, CheckpointError error, string word)
    {
        string text = Text.Replace(old, changed, StringComparison.Ordinal);
        Assert.NotEqual(Text, text);

        CheckpointException fault = Assert.Throws<CheckpointException>(() => Parse(text));
        Assert.Equal(error, fault.Error);
        Assert.StartsWith("'model/a.cairn.json' is ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(word, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\n  \"formatVersion\": 2\n}", true)]
    [InlineData("{\n  \"formatVersion\": 2, \"all\": \"else\"\n}", false)]
    public void Parse_ANewerVersion_IsUnsupported_WithAChecksumAndWithout(string text, bool hasChecksum)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);

        CheckpointException fault = Assert.Throws<CheckpointException>(
            () => Sidecar.Parse(hasChecksum ? SidecarChecksum.Append(bytes) : bytes, "a.cairn.json"));

        Assert.Equal(CheckpointError.Unsupported, fault.Error);
        Assert.Contains("version 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AnyFlippedBit_IsRefused()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Text);
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.IsType<CheckpointException>(Record.Exception(() => Sidecar.Parse(bytes, "a.cairn.json")));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Parse_OtherDocuments_AreRefused()
    {
        foreach (string text in (string[])["", "null", "[]", "7", "version https://git-lfs.github.com/spec/v1", "{}"])
        {
            Assert.IsType<CheckpointException>(Record.Exception(() => Parse(text)));
        }
    }

    [Fact]
    public void ToUtf8_WhatCouldNotBeRead_IsRefused()
    {
        CheckpointException fault = Assert.Throws<CheckpointException>(() => (Example with { IndexSha256 = "x" }).ToUtf8());
        Assert.Equal(CheckpointError.InvalidArgument, fault.Error);
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Parse_RandomDamage_IsRefused(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < 200; round++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(Text);
            for (int hit = random.Next(1, 5); hit > 0; hit--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"{}[]\",:0n"[random.Next(9)];
            }

            Assert.Equal(
                !bytes.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(Text)),
                Record.Exception(() => Sidecar.Parse(bytes, "a.cairn.json")) is CheckpointException);
        }
    }

    private static Sidecar Parse(string text) => Sidecar.Parse(Encoding.UTF8.GetBytes(text), "model/a.cairn.json");

    private static Guid Id(byte last) => new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last);
}
