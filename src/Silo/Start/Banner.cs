using Cairn.Silo.Configuration;
using Cairn.Silo.Hosting;

namespace Cairn.Silo.Start;

/// <summary>What a silo prints when it is ready: where it listens and what to try next.</summary>
internal static class Banner
{
    public static string Of(RunningSilo silo, string storeAddress) => $"""
        Cairn {Help.Version}: the silo is ready.

          data plane   {silo.DataPlane.GetLeftPart(UriPartial.Authority)}
          health       {new Uri(silo.DataPlane, "/health/ready")}
          gateway      {silo.Gateway}
          silo         {silo.Silo}
          cluster      {silo.Options.ClusterId}, {Clustering(silo.Options)}
          store        {storeAddress}

        Try next:
          curl {new Uri(silo.DataPlane, "/health/ready")}
          dotnet run --project samples/Quickstart
          dotnet run --project src/Cli -- list {storeAddress}
          {SecondSilo(silo)}

        Ctrl-C stops it.
        """;

    private static string Clustering(SiloHostOptions options) => options switch
    {
        { Clustering: ClusteringKind.Redis } => "members are kept in Redis",
        { PrimarySilo: { } primary } => $"members are kept by the silo at {primary}",
        _ => "members are kept by this silo",
    };

    private static string SecondSilo(RunningSilo silo)
    {
        string join = silo.Options.Clustering == ClusteringKind.Redis
            ? "--clustering Redis --redis ..."
            : $"--primary {silo.Options.PrimarySilo ?? silo.Silo}";
        return $"dotnet run --project src/Silo -- {join} --silo-port 0 --gateway-port 0 --data-plane http://127.0.0.1:0   (one more silo)";
    }
}
