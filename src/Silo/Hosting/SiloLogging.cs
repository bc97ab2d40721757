using Microsoft.Extensions.Logging.Console;

namespace Cairn.Silo.Hosting;

/// <summary>One readable line an event, on standard error; what runs below Cairn speaks only when something is wrong.</summary>
internal static class SiloLogging
{
    public static void AddSiloLogging(this WebApplicationBuilder builder, LogLevel level)
    {
        LogLevel below = level > LogLevel.Warning ? level : LogLevel.Warning;
        builder.Logging.SetMinimumLevel(level);
        builder.Logging.AddFilter("Orleans", below).AddFilter("Microsoft", below).AddFilter("System", below).AddFilter("Polly", below);

        // At every start, whatever the settings, these two warn of the GC's mode and of a watchdog thread that was last seen when the machine booted.
        builder.Logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error).AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);

        // Orleans' base class of grain services speaks in the service's own name.
        builder.Logging.AddFilter("Cairn.Grains.Variables.Silos.SiloService", below);
        builder.Logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.ColorBehavior = LoggerColorBehavior.Disabled;
            o.TimestampFormat = "HH:mm:ss ";
        });
        builder.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
