using Cairn.Format.Bundles;

namespace Cairn.Silo.Configuration;

/// <summary>The command line of the silo, taken apart: short switches become keys of the configuration.</summary>
/// <param name="Values">Configuration keys and their values; the last of several holds.</param>
/// <param name="Faults">What could not be understood.</param>
/// <param name="WantsHelp">Whether the help was asked for.</param>
/// <param name="WantsVersion">Whether the version was asked for.</param>
internal sealed record CommandLine(IReadOnlyDictionary<string, string?> Values, IReadOnlyList<string> Faults, bool WantsHelp, bool WantsVersion)
{
    /// <summary>Reads <c>--store VALUE</c>, <c>--store=VALUE</c>, and full keys such as <c>--Cairn:Store=VALUE</c> or
    /// <c>--Logging:LogLevel:Orleans=Debug</c>.</summary>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var faults = new List<string>();
        bool help = false, version = false;
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            help |= argument is "--help" or "-h" or "-?";
            version |= argument is "--version";
            if (argument is "--help" or "-h" or "-?" or "--version")
            {
                continue;
            }

            (string name, string? value) = Split(argument);
            if (FindKey(name) is not { } key)
            {
                faults.Add(Unknown(argument, name));
                bool hasValue = value is null && name.StartsWith("--", StringComparison.Ordinal) && IsValue(arguments, i + 1);
                i += hasValue ? 1 : 0;
            }
            else if (value is not null)
            {
                values[key] = value;
            }
            else if (IsValue(arguments, i + 1))
            {
                values[key] = arguments[++i];
            }
            else
            {
                faults.Add($"{argument} needs a value after it.");
            }
        }

        return new CommandLine(values, faults, help, version);
    }

    private static bool IsValue(IReadOnlyList<string> arguments, int index) =>
        index < arguments.Count && !arguments[index].StartsWith("--", StringComparison.Ordinal);

    private static (string Name, string? Value) Split(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }

    private static string? FindKey(string name)
    {
        if (!name.StartsWith("--", StringComparison.Ordinal))
        {
            return null;
        }

        string bare = name[2..];
        return bare.Contains(':', StringComparison.Ordinal)
            ? bare
            : SettingTable.All.FirstOrDefault(setting => setting.Switch.Equals(bare, StringComparison.OrdinalIgnoreCase))?.Key;
    }

    private static string Unknown(string argument, string name) =>
        name.StartsWith("--", StringComparison.Ordinal)
            ? $"{name} is not an option{NearestNames.Hint(name, SettingTable.All.Select(setting => $"--{setting.Switch}"))}. --help lists them all."
            : $"'{argument}' is not understood: options begin with --.";
}
