using Cairn.Format.Errors;
using Cairn.Silo.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Silo.Tests.Hosting;

public sealed class SiloLogFormatterTests
{
    [Fact]
    public void Write_ARefusal_TellsItsCausesInOneLineWithoutAStack()
    {
        Exception fault = Thrown(new CheckpointException(CheckpointError.Aborted, "The save was given up.", new IOException("Broken\npipe.")));

        string line = LineOf(LogLevel.Warning, "Cairn.Grains.Coordination.CoordinatorLog", "Model m: save of a failed.", fault);

        Assert.Matches(
            @"^\d\d:\d\d:\d\d warn: Cairn\.Grains\.Coordination\.CoordinatorLog\[7\] Model m: save of a failed\. "
                + @"\(CheckpointException: The save was given up\.; IOException: Broken pipe\.\)\n$", line);
    }

    [Fact]
    public void Write_AnErrorOfOurs_HasTheStack() =>
        Assert.Contains("at Cairn.Silo.Tests", LineOf(LogLevel.Error, "Cairn.Grains.X", "A bug.", Thrown(new InvalidOperationException("No."))));

    [Fact]
    public void Write_OfOthers_HasNoStackAndALimit()
    {
        string line = LineOf(LogLevel.Error, "Orleans.X", new string('x', 5000), Thrown(new InvalidOperationException("No.")));

        Assert.DoesNotContain("at Cairn", line);
        Assert.True(line.Length < 500, line);
    }

    [Fact]
    public void Write_OfOthersThatWriteAStackThemselves_LeavesItOut() => Assert.EndsWith(
        "] Probe failed. IOException: No. ... (InvalidOperationException: Yes.)\n",
        LineOf(LogLevel.Warning, "Orleans.X", "Probe failed. IOException: No.\n   at A.B()\n   at C.D()", new InvalidOperationException("Yes.")));

    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception caught)
        {
            return caught;
        }
    }

    private static string LineOf(LogLevel level, string category, string message, Exception exception)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        new SiloLogFormatter().Write(new LogEntry<string>(level, category, new EventId(7), message, exception, (state, _) => state), null, writer);
        return writer.ToString();
    }
}
