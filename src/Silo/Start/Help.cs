using System.Reflection;
using System.Text;
using Cairn.Silo.Configuration;

namespace Cairn.Silo.Start;

/// <summary>What <c>--help</c> and <c>--version</c> print.</summary>
internal static class Help
{
    private const string Usage = """
        Runs one Cairn silo: it holds shards of training variables and saves them as TensorFlow checkpoints.
        With no options it is a cluster of one on this machine, with a folder as its store.

        Usage: dotnet run --project src/Silo -- [OPTIONS]

        Every option is also a setting: --store X, --Cairn:Store=X, the variable Cairn__Store=X, or "Cairn": { "Store": "X" }
        in appsettings.json of the current folder. The command line wins over variables, variables over the file.


        """;

    private const string Examples = """

        Examples:
          dotnet run --project src/Silo
          dotnet run --project src/Silo -- --store /data/checkpoints --page-bytes-max 8GiB
          dotnet run --project src/Silo -- --primary 127.0.0.1:11111 --silo-port 0 --gateway-port 0 --data-plane http://127.0.0.1:0
          dotnet run --project src/Silo -- --clustering Redis --redis 10.0.0.5:6379 --advertised-address 10.0.0.7 --data-plane http://10.0.0.7:5310

        Ctrl-C or SIGTERM stops it gracefully. Exit codes: 0 stopped, 1 failed, 2 the settings are wrong.
        """;

    public static string Version =>
        typeof(Help).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public static string Text
    {
        get
        {
            var text = new StringBuilder(Usage);
            foreach (Setting setting in SettingTable.All)
            {
                text.AppendLine($"  --{setting.Switch} VALUE   [{setting.Key}]");
                text.AppendLine($"      {setting.Meaning}");
                text.AppendLine($"      Range: {setting.Range}.");
                text.AppendLine($"      Default: {setting.Default}. Example: --{setting.Switch} {Quote(setting.Example)}");
            }

            return text.AppendLine("  --help, --version").AppendLine(Examples).ToString();
        }
    }

    private static string Quote(string example) => example.Contains(';', StringComparison.Ordinal) ? $"'{example}'" : example;
}
