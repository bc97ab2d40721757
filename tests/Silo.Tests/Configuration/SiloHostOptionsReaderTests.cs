using System.Net;
using Cairn.Silo.Configuration;
using Microsoft.Extensions.Configuration;

namespace Cairn.Silo.Tests.Configuration;

public sealed class SiloHostOptionsReaderTests
{
    [Fact]
    public void Read_Nothing_GivesTheDefaults()
    {
        (SiloHostOptions options, IReadOnlyList<string> faults) = Read([]);

        Assert.Empty(faults);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 5310), options.DataPlane);
        Assert.Equal(ClusteringKind.Localhost, options.Clustering);
    }

    [Fact]
    public void Read_EveryExampleOfTheTable_IsAccepted()
    {
        foreach (Setting setting in SettingTable.All)
        {
            Assert.NotNull(setting.Apply(new SiloHostOptions(), setting.Example));
        }
    }

    [Fact]
    public void Read_KeysInAnyCase_AreTheSame()
    {
        (SiloHostOptions options, IReadOnlyList<string> faults) = Read(new() { ["cairn:store"] = "/a", ["CAIRN:SHARDBYTESMAX"] = "32MiB" });

        Assert.Empty(faults);
        Assert.Equal("/a", options.Store);
        Assert.Equal(32L << 20, options.ShardBytesMax);
    }

    [Fact]
    public void Read_SectionWhereAValueBelongs_IsRefused() =>
        Assert.Contains("it is a section or a list", Assert.Single(Read(new() { ["Cairn:Store:Path"] = "/a" }).Faults), StringComparison.Ordinal);

    [Theory]
    [InlineData("DataPlane", "https://127.0.0.1:5310", "put a proxy that ends TLS before it")]
    [InlineData("DataPlane", "http://example.com", "must be an IP address of this machine")]
    [InlineData("DataPlane", "5310", "is not of the form")]
    [InlineData("AdvertisedAddress", "0.0.0.0", "others can reach")]
    [InlineData("ClusterId", "a b", "1 to 64 letters")]
    [InlineData("PrimarySiloEndpoint", "127.0.0.1", "an IP address and a port")]
    [InlineData("StopTimeoutSeconds", "0", "from 1 to 3600")]
    [InlineData("LogLevel", "7", "is none of")]
    [InlineData("Store", " ", "none of the accepted forms")]
    [InlineData("Store", "ftp://a/b", "none of the accepted forms")]
    public void Read_BadValue_NamesTheSettingAndTheRemedy(string name, string value, string reason)
    {
        string fault = Assert.Single(Read(new() { ["Cairn:" + name] = value }).Faults);

        Assert.StartsWith($"Cairn:{name} (--", fault, StringComparison.Ordinal);
        Assert.Contains(reason, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SettingsThatContradict_AreEachNamed()
    {
        IReadOnlyList<string> faults = Read(new()
        {
            ["Cairn:SiloPort"] = "7000",
            ["Cairn:GatewayPort"] = "7000",
            ["Cairn:PageBytesMax"] = "64MiB",
            ["Cairn:ShardBytesMax"] = "1GiB",
            ["Cairn:Clustering"] = "Redis",
            ["Cairn:PrimarySiloEndpoint"] = "127.0.0.1:1",
        }).Faults;

        Assert.Equal(4, faults.Count);
        Assert.Contains(faults, fault => fault.Contains("SiloPort and Cairn:GatewayPort are all port 7000", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("Cairn:ShardBytesMax is 1 GiB, above", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Cairn:Redis (--redis)", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Cairn:PrimarySiloEndpoint", StringComparison.Ordinal));
    }

    private static (SiloHostOptions Options, IReadOnlyList<string> Faults) Read(Dictionary<string, string?> values) =>
        SiloHostOptionsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
}
