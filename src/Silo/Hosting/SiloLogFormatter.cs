using System.Globalization;
using System.Text;
using Cairn.Format.Errors;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Cairn.Silo.Hosting;

/// <summary>One line an event: <c>12:03:44 warn: Category[8] Message (FaultException: why; IOException: and why that)</c>.</summary>
/// <remarks>An exception is told by its messages, the inner ones too. Its stack is printed only where it tells of a bug of ours: an error that Cairn logs with
/// anything but a <see cref="CheckpointException"/>.</remarks>
internal sealed class SiloLogFormatter() : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which the console finds it.</summary>
    public const string FormatterName = "cairn";

    private const int ForeignTextMax = 400; // Orleans puts whole stacks into its messages.

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        bool isOurs = entry.Category.StartsWith("Cairn.", StringComparison.Ordinal);
        string message = entry.Formatter(entry.State, entry.Exception);
        var line = new StringBuilder(isOurs ? message : WithoutStack(message));
        if (entry.Exception is { } exception)
        {
            line.Append(" (").Append(Tell(exception)).Append(')');
        }

        string text = Flatten(line.ToString());
        text = isOurs ? text : Shorten(text);

        if (isOurs && entry.LogLevel >= LogLevel.Error && entry.Exception is { } bug and not CheckpointException)
        {
            text += " " + Flatten(bug.StackTrace ?? "");
        }

        string time = DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        textWriter.WriteLine($"{time} {NameOf(entry.LogLevel)}: {entry.Category}[{entry.EventId.Id}] {text}");
    }

    /// <summary>What stands before the first stack of a text.</summary>
    private static string WithoutStack(string text) => text.Split("\n   at ", 2) is [var before, _] ? before.TrimEnd() + " ..." : text;

    private static string Shorten(string text) => text.Length > ForeignTextMax ? string.Concat(text.AsSpan(0, ForeignTextMax), " ...") : text;

    private static string Tell(Exception exception)
    {
        var told = new StringBuilder();
        string last = "";
        for (Exception? each = exception; each is not null; each = each.InnerException)
        {
            if (each.Message != last)
            {
                told.Append(told.Length > 0 ? "; " : "").Append(each.GetType().Name).Append(": ").Append(last = each.Message);
            }
        }

        return told.ToString();
    }

    private static string Flatten(string text) =>
        text.Contains('\n') ? string.Join(' ', text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) : text;

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
