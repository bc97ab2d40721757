using Microsoft.Extensions.Logging;

namespace Cairn.Simulation.Stories;

/// <summary>Puts what coordinators log into the story.</summary>
internal sealed class TraceLoggers(Trace trace) : ILoggerFactory, ILogger
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => trace.IsOn;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        trace.Write(SynchronizationContext.Current?.ToString() ?? "-", $"log: {formatter(state, exception)}{(exception is null ? "" : $" ({exception.Message})")}");
}
