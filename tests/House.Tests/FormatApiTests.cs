using Cairn.Format.Bundles;

namespace Cairn.House.Tests;

/// <summary>The public face of <c>Cairn.Format</c>, which is a package of its own: what programs build upon does not change by accident.</summary>
public sealed class FormatApiTests
{
    [Fact]
    public void FormatApi_IsAsRecorded()
    {
        string file = Path.Combine(House.Root, "tests", "House.Tests", "format-api.txt");
        string actual = PublicApi.Describe(typeof(BundleReader).Assembly, except: "Cairn.Format.Protos");
        if (Environment.GetEnvironmentVariable("CAIRN_ACCEPT") == "1")
        {
            File.WriteAllText(file, actual);
        }

        string[] recorded = File.ReadAllLines(file);
        string[] found = actual.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> gone = recorded.Except(found).Select(line => "- " + line.Trim());
        string difference = string.Join("; ", gone.Concat(found.Except(recorded).Select(line => "+ " + line.Trim())).Take(10));
        Assert.True(
            File.ReadAllText(file) == actual,
            $"The public API of Cairn.Format differs from format-api.txt ({difference}). "
                + "If programs that use it still build, run with CAIRN_ACCEPT=1 and review the diff.");
    }
}
