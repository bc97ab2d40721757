using Cairn.Silo.Configuration;

namespace Cairn.Silo.Tests.Configuration;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--store", "/a")]
    [InlineData("--store=/a")]
    [InlineData("--Cairn:Store=/a")]
    [InlineData("--Cairn:Store", "/a")]
    [InlineData("--store", "/b", "--store", "/a")]
    public void Parse_EachSpelling_SetsTheKey(params string[] arguments)
    {
        CommandLine line = CommandLine.Parse(arguments);

        Assert.Empty(line.Faults);
        Assert.Equal("/a", line.Values["Cairn:Store"]);
    }

    [Theory]
    [InlineData("--stroe is not an option; nearest: '--store'. --help lists them all.", "--stroe", "/a")]
    [InlineData("'store' is not understood: options begin with --.", "store")]
    [InlineData("--store needs a value after it.", "--store", "--silo-port", "1")]
    public void Parse_Fault_IsNamed(string fault, params string[] arguments) => Assert.Equal(fault, Assert.Single(CommandLine.Parse(arguments).Faults));
}
