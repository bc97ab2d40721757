using System.Diagnostics;
using System.Globalization;
using Cairn.Format.Errors;

namespace Cairn.Format.Tests.Hardening;

/// <summary>The promise that every parser is held to: for any bytes a result or a named refusal, in time and memory proportional to them.</summary>
/// <remarks>A normal run takes samples. <c>CAIRN_HARDENING=whole</c> goes through every byte and length of every file; <c>CAIRN_FUZZ_CASES</c> sets how many
/// mutations each parser gets (default 400).</remarks>
internal static class Hardened
{
    // A parser makes a few objects of the smallest part of its input; a hundred bytes for one of the file is what small entries take.
    private const long BytesPerInputByte = 1_000;
    private const long BytesSpare = 16 << 20;

    // Hundreds of times what the largest input takes: a hang is found, a busy machine is not called one.
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(2);

    /// <summary>True when every case is to be run.</summary>
    public static bool IsWhole => Environment.GetEnvironmentVariable("CAIRN_HARDENING") == "whole";

    /// <summary>How many mutations each parser gets.</summary>
    public static int Cases =>
        int.TryParse(Environment.GetEnvironmentVariable("CAIRN_FUZZ_CASES"), NumberStyles.None, CultureInfo.InvariantCulture, out int cases) ? cases : 400;

    /// <summary>Every position below <paramref name="length"/>, or about <paramref name="samples"/> of them with the first and the last.</summary>
    public static IEnumerable<int> Positions(int length, int samples)
    {
        int stride = IsWhole ? 1 : Math.Max(1, length / samples);
        return Enumerable.Range(0, length).Where(at => at % stride == 0 || at >= length - 64);
    }

    /// <summary>Runs a parser. True when it gave a result.</summary>
    /// <param name="what">Names the case: what, and its seed.</param>
    /// <param name="inputBytes">How long its input is.</param>
    /// <param name="parse">The parser and what is done with its result.</param>
    public static bool Parses(string what, long inputBytes, Action parse)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long began = Stopwatch.GetTimestamp();
        bool isParsed;
        try
        {
            parse();
            isParsed = true;
        }
        catch (CheckpointException refused)
        {
            bool isNamed = refused.Error is CheckpointError.Corrupt or CheckpointError.Unsupported or CheckpointError.LimitExceeded
                or CheckpointError.InvalidArgument or CheckpointError.NotFound;
            Assert.True(isNamed && refused.Message.Length > 0, $"{what}: {refused.Error}: {refused.Message}");
            isParsed = false;
        }
        catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{what}: {fault}");
            throw;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= BytesSpare + (BytesPerInputByte * inputBytes), $"{what}: {allocated} bytes of memory for {inputBytes} of input");
        TimeSpan taken = Stopwatch.GetElapsedTime(began);
        Assert.True(taken < TimeMax, $"{what}: {taken}");
        return isParsed;
    }
}
