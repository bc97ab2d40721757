using System.Globalization;

namespace Cairn.Quickstart;

/// <summary>Prints what the programs do and compares what they read with what it should be.</summary>
internal sealed class Report
{
    /// <summary>0 when every value was the expected one.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Begins a program.</summary>
    public void Begin(int program, string title) => Console.WriteLine($"{Environment.NewLine}{program}. {title}");

    /// <summary>Prints a line.</summary>
    public void Say(string text) => Console.WriteLine("   " + text.ReplaceLineEndings(Environment.NewLine + "   "));

    /// <summary>Prints a value and compares it.</summary>
    public void Expect(string name, string expected, string actual)
    {
        bool isRight = actual == expected;
        ExitCode = isRight ? ExitCode : 1;
        Say($"{name} = {actual}{(isRight ? string.Empty : $"   (WRONG: {expected} was expected)")}");
    }

    /// <summary>Elements as TensorFlow's users write them: <c>[3.0]</c>.</summary>
    public static string Text(params float[] values) => $"[{string.Join(", ", values.Select(Text))}]";

    /// <summary>A number that shows that it is one of floating point: <c>3.0</c>, <c>0.099999905</c>.</summary>
    public static string Text(float value)
    {
        string text = value.ToString(CultureInfo.InvariantCulture);
        return float.IsInteger(value) && !text.Contains('E') ? text + ".0" : text;
    }

    /// <summary>Lists the files of a folder.</summary>
    public void List(string folder)
    {
        Console.WriteLine($"{Environment.NewLine}./{folder}");
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            Say($"{file.Length,8:N0}  {file.Name}");
        }
    }
}
