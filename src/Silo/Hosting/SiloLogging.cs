using Microsoft.Extensions.Logging.Console;

namespace Cairn.Silo.Hosting;

/// <summary>One readable line an event, on standard error; what runs below Cairn speaks only when something is wrong.</summary>
internal static class SiloLogging
{
    /// <summary>At every start, whatever the settings, the first two warn of the GC's mode and of a watchdog thread that was last seen when the machine booted.
    /// When a silo dies or freezes, the others say so in a line for each call that was under way and each timer that was late: the membership's own lines,
    /// and ours, tell it once.</summary>
    private static readonly string[] OnlyErrors =
    [
        "Orleans.Runtime.Silo", "Orleans.Runtime.Watchdog", "Orleans.Runtime.CallbackData", "Orleans.Runtime.AsyncTimer",
        "Orleans.Runtime.Messaging.Connection", "Orleans.Runtime.MembershipService.MembershipSystemTarget",
    ];

    public static void AddSiloLogging(this WebApplicationBuilder builder, LogLevel level)
    {
        LogLevel below = level > LogLevel.Warning ? level : LogLevel.Warning;
        builder.Logging.SetMinimumLevel(level);
        builder.Logging.AddFilter("Orleans", below).AddFilter("Microsoft", below).AddFilter("System", below).AddFilter("Polly", below);
        foreach (string category in OnlyErrors)
        {
            builder.Logging.AddFilter(category, LogLevel.Error);
        }

        // Each message that finds its silo gone is an error there; its sender is told, and says what matters.
        builder.Logging.AddFilter("Orleans.Messaging", LogLevel.Critical);

        // Orleans' base class of grain services speaks in the service's own name.
        builder.Logging.AddFilter("Cairn.Grains.Variables.Silos.SiloService", below);
        builder.Logging.AddConsoleFormatter<SiloLogFormatter, ConsoleFormatterOptions>();
        builder.Logging.AddConsole(o => o.FormatterName = SiloLogFormatter.FormatterName);
        builder.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
