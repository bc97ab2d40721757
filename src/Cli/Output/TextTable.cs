using Spectre.Console;

namespace Cairn.Cli.Output;

/// <summary>Rows under a heading, in columns as wide as they need: never cut, so that a pipe gets all of it.</summary>
internal sealed class TextTable
{
    private readonly Table _table = new Table().Border(TableBorder.None);

    public TextTable(params ReadOnlySpan<string> headings)
    {
        foreach (string heading in headings)
        {
            _table.AddColumn(new TableColumn(new Text(heading)).NoWrap().PadLeft(0).PadRight(2));
        }
    }

    /// <summary>Columns of numbers end at their right edge.</summary>
    public void AlignRight(params ReadOnlySpan<int> columns)
    {
        foreach (int column in columns)
        {
            _table.Columns[column].RightAligned();
        }
    }

    public void Add(params string[] cells) => _table.AddRow(cells.Select(cell => new Text(cell)));

    public void Write(TextWriter output)
    {
        AnsiConsoleSettings plain = new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) };
        IAnsiConsole console = AnsiConsole.Create(plain);
        console.Profile.Width = WidthMax;
        console.Write(_table);
    }

    private const int WidthMax = 4096;
}
