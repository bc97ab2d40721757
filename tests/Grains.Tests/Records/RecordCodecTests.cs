using System.Text;
using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Tests.Records;

public sealed class RecordCodecTests
{
    private static string Json => Encoding.UTF8.GetString(RecordCodec.Write(RecordSamples.Full));

    [Fact]
    public void Write_ThenRead_GivesTheSameBytesAgain()
    {
        byte[] bytes = RecordCodec.Write(RecordSamples.Full);

        Assert.Equal(bytes, RecordCodec.Write(RecordCodec.Read(bytes, "record")));
        Assert.Equal("m/ü \"c\"", RecordCodec.Read(bytes, "record").Attempt!.Prefix);
        Assert.Equal(double.PositiveInfinity, RecordCodec.Read(bytes, "record").Savers[0].NextKeepTime);
    }

    [Fact]
    public void Write_HoldsWhatTheGrammarOfTheProtocolPageNames_AndNothingElse()
    {
        Assert.Contains("\"phase\": \"Replacing\"", Json, StringComparison.Ordinal);
        Assert.Contains("\"eTag\": null", Json, StringComparison.Ordinal);
        Assert.DoesNotContain("indexWorking", Json, StringComparison.Ordinal);
        Assert.DoesNotContain("stateName", Json, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ANewerVersion_SaysSo()
    {
        CheckpointException fault = Refused(Json.Replace("\"version\": 1", "\"version\": 2", StringComparison.Ordinal));

        Assert.Equal(CheckpointError.Unsupported, fault.Error);
        Assert.Contains("version 2", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"epoch\": 9", "\"unknown\": 9, \"epoch\": 9")]
    [InlineData("\"epoch\": 9,", "")]
    [InlineData("\"epoch\": 9", "\"epoch\": \"nine\"")]
    [InlineData("\"model\": \"ranker\"", "\"model\": null")]
    [InlineData("\"phase\": \"Replacing\"", "\"phase\": \"Dreaming\"")]
    [InlineData("\"version\": 1", "\"version\": \"1\"")]
    public void Read_WhatIsMissingNullOrUnknown_IsRefused(string good, string bad)
    {
        Assert.Contains(good, Json, StringComparison.Ordinal);

        CheckpointException fault = Refused(Json.Replace(good, bad, StringComparison.Ordinal));

        Assert.Equal(CheckpointError.Corrupt, fault.Error);
        Assert.Contains("record", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ARecordThatEndsEarly_IsRefused_WhereverItEnds()
    {
        byte[] bytes = RecordCodec.Write(RecordSamples.Full);

        for (int length = 0; length < bytes.Length; length += 97)
        {
            Assert.Equal(CheckpointError.Corrupt, Assert.Throws<CheckpointException>(() => RecordCodec.Read(bytes.AsSpan(0, length), "record")).Error);
        }
    }

    [Fact]
    public void Write_ARecordThatGrewTooLong_IsRefused_WithTheRemedy()
    {
        CoordinatorRecord huge = RecordSamples.Full with { Folders = [.. Enumerable.Range(0, 50_000).Select(i => $"{new string('x', 100)}-{i}")] };

        CheckpointException fault = Assert.Throws<CheckpointException>(() => RecordCodec.Write(huge));

        Assert.Equal(CheckpointError.LimitExceeded, fault.Error);
        Assert.Contains("max_to_keep", fault.Message, StringComparison.Ordinal);
    }

    private static CheckpointException Refused(string json) =>
        Assert.Throws<CheckpointException>(() => RecordCodec.Read(Encoding.UTF8.GetBytes(json), "record"));
}
