using Cairn.Contracts.Coordination;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Shards;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Before anything of the silo stops, it has the coordinators of its models hand its shards over to other silos.</summary>
internal sealed partial class SiloDrain(
    SiloShards shards, IGrainFactory grains, ILocalSiloDetails silo, IOptions<VariablesOptions> options, TimeProvider time, ILogger<SiloDrain> logger)
    : IHostedLifecycleService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (options.Value.HandOverSecondsMax == 0)
        {
            return;
        }

        shards.IsDraining = true;
        TimeSpan patience = TimeSpan.FromSeconds(options.Value.HandOverSecondsMax);
        using CancellationTokenSource limit = new(patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        long begun = time.GetTimestamp();
        await Task.WhenAll(shards.Local.Models.Select(model => DrainAsync(model, patience, begun, either.Token))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DrainAsync(string model, TimeSpan patience, long begun, CancellationToken cancellationToken)
    {
        LogBegins(logger, model);
        string last = "the coordinator was asked";
        ICheckpointCoordinatorGrain coordinator = grains.GetGrain<ICheckpointCoordinatorGrain>(model);
        try
        {
            while (true)
            {
                try
                {
                    TimeSpan left = patience - time.GetElapsedTime(begun);
                    DrainStatus status = await coordinator.DrainSiloAsync(silo.SiloAddress, left).WaitAsync(cancellationToken).ConfigureAwait(false);
                    last = status.Message;
                    if (status.IsDone)
                    {
                        Report(model, status);
                        return;
                    }
                }
                catch (Exception fault) when (fault is OrleansException or TimeoutException or CheckpointException { Error: CheckpointError.TryAgain })
                {
                    last = fault.Message; // The coordinator may be moving itself.
                    await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            LogGivenUp(logger, model, patience.TotalSeconds, last);
        }
        catch (CheckpointException refused)
        {
            LogGivenUp(logger, model, time.GetElapsedTime(begun).TotalSeconds, refused.Message);
        }
    }

    private void Report(string model, DrainStatus status)
    {
        if (status.LeftCount == 0)
        {
            LogDone(logger, model, status.Message);
        }
        else
        {
            LogLeft(logger, model, status.LeftCount, status.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The silo stops: shards of model '{Model}' are handed over.")]
    private static partial void LogBegins(ILogger logger, string model);

    [LoggerMessage(Level = LogLevel.Information, Message = "Model '{Model}': {Message}")]
    private static partial void LogDone(ILogger logger, string model, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Model '{Model}': {Left} shards stay behind and go with this silo. {Message}")]
    private static partial void LogLeft(ILogger logger, string model, int left, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Model '{Model}': the hand-over was given up after {Seconds:0} s; what is still here goes with this silo. {Message}")]
    private static partial void LogGivenUp(ILogger logger, string model, double seconds, string message);
}
