using Cairn.Format.Bundles;

namespace Cairn.Silo.Configuration;

/// <summary>Turns the section <c>Cairn</c> into options and finds everything that is wrong with it.</summary>
internal static class SiloHostOptionsReader
{
    /// <summary>Reads all settings. The options are good only when there are no faults.</summary>
    public static (SiloHostOptions Options, IReadOnlyList<string> Faults) Read(IConfiguration configuration)
    {
        var options = new SiloHostOptions();
        var faults = new List<string>();
        foreach (IConfigurationSection given in configuration.GetSection(Setting.Section).GetChildren())
        {
            if (SettingTable.Find(given.Key) is not { } setting)
            {
                string hint = NearestNames.Hint(given.Path, SettingTable.All.Select(known => known.Key));
                faults.Add($"{given.Path} is not a setting{hint}. --help lists them all.");
                continue;
            }

            try
            {
                options = setting.Apply(options, given.Value ?? throw new FormatException("it is a section or a list; a text or number is wanted."));
            }
            catch (FormatException e)
            {
                faults.Add($"{setting.Key} (--{setting.Switch}): {e.Message}");
            }
        }

        faults.AddRange(FindConflicts(options));
        return (options, faults);
    }

    private static IEnumerable<string> FindConflicts(SiloHostOptions options)
    {
        if (options.Clustering == ClusteringKind.Redis && options.Redis is null)
        {
            yield return "Cairn:Redis (--redis): Clustering=Redis needs the connection string of Redis, such as 127.0.0.1:6379.";
        }

        if (options.Clustering != ClusteringKind.Redis && options.Redis is not null)
        {
            yield return "Cairn:Redis (--redis) is given, but Clustering is Localhost: add --clustering Redis, or take it away.";
        }

        if (options.Clustering != ClusteringKind.Localhost && options.PrimarySilo is not null)
        {
            yield return "Cairn:PrimarySiloEndpoint (--primary) belongs to Clustering=Localhost: with Redis no silo is first; take it away.";
        }

        (string Name, int Port)[] ports = [("SiloPort", options.SiloPort), ("GatewayPort", options.GatewayPort), ("DataPlane", options.DataPlane.Port)];
        foreach (var same in ports.Where(port => port.Port != 0).GroupBy(port => port.Port).Where(group => group.Count() > 1))
        {
            string names = string.Join(" and ", same.Select(port => $"{Setting.Section}:{port.Name}"));
            yield return $"{names} are all port {same.Key}: give each its own, or 0 for a free one.";
        }

        if (options.ShardBytesMax > options.PageBytesMax)
        {
            yield return $"Cairn:ShardBytesMax is {ByteSize.Format(options.ShardBytesMax)}, above Cairn:PageBytesMax, "
                + $"{ByteSize.Format(options.PageBytesMax)}: lower the one or raise the other.";
        }
    }
}
