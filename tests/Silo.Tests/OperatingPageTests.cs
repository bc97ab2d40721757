using Cairn.Silo.Configuration;

namespace Cairn.Silo.Tests;

/// <summary>docs/operating.md has a row for each setting, and the row says what the table says.</summary>
public sealed class OperatingPageTests
{
    [Fact]
    public void Page_EverySetting_HasItsRow()
    {
        string page = File.ReadAllText(Find("docs/operating.md"));
        Assert.All(SettingTable.All, setting => Assert.Contains(Row(setting), page, StringComparison.Ordinal));
    }

    private static string Row(Setting setting) =>
        $"| `{setting.Key}`, `--{setting.Switch}` | {setting.Meaning} | {setting.Default} | {setting.Range} | `{setting.Example}` |";

    private static string Find(string path)
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, path)))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new FileNotFoundException($"{path} is in no folder above the tests.");
        }

        return Path.Combine(folder, path);
    }
}
