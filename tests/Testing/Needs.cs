using Xunit;

namespace Cairn.Testing;

/// <summary>What a test needs of the machine. Without it the test is skipped with the reason, or fails when CAIRN_REQUIRE_ALL=1.</summary>
public static class Needs
{
    private static bool RequireAll => Environment.GetEnvironmentVariable("CAIRN_REQUIRE_ALL") == "1";

    /// <summary>Ends the test, because <paramref name="reason"/>.</summary>
    public static void Unmet(string reason)
    {
        if (RequireAll)
        {
            Assert.Fail(reason + " CAIRN_REQUIRE_ALL=1 forbids to skip.");
        }

        Assert.Skip(reason);
    }
}
