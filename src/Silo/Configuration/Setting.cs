namespace Cairn.Silo.Configuration;

/// <summary>One setting of a silo: how it is called, what it may be, and how its text becomes an option.</summary>
/// <param name="Name">Its key in the section <c>Cairn</c>.</param>
/// <param name="Switch">Its short name on the command line, without the dashes.</param>
/// <param name="Default">What holds when it is not given, for people.</param>
/// <param name="Range">What it may be, for people.</param>
/// <param name="Meaning">What it does.</param>
/// <param name="Example">A value that is not the default.</param>
/// <param name="Apply">Sets it; a <see cref="FormatException"/> says what is wrong with the text.</param>
internal sealed record Setting(
    string Name, string Switch, string Default, string Range, string Meaning, string Example, Func<SiloHostOptions, string, SiloHostOptions> Apply)
{
    public const string Section = "Cairn";

    /// <summary>Its full key, as in appsettings.json and <c>--Cairn:Store=</c>.</summary>
    public string Key => $"{Section}:{Name}";
}
