using System.Runtime.InteropServices;
using Cairn.Chaos.Logs;
using Cairn.Chaos.Models;
using Cairn.Client;

namespace Cairn.Chaos.Trainers;

/// <summary>A training process: it joins, trains and saves until it is asked to stop (SIGTERM), or killed.</summary>
internal static class TrainerProgram
{
    private const int StatusHung = 3;

    public static async Task<int> RunAsync(TrainerOptions options)
    {
        using var stopping = new CancellationTokenSource();
        using PosixSignalRegistration signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopping.Cancel();
        });

        long lastNumber = LastNumber(options.LogPath);
        using var log = new TrainerLogWriter(options.LogPath);
        log.Write(new TrainerEvent { Deed = TrainerDeed.Start, Number = Environment.ProcessId });
        using var watch = new CallWatch(overdue =>
        {
            log.Write(new TrainerEvent { Deed = TrainerDeed.Hung, Message = overdue });
            Environment.Exit(StatusHung);
        });

        if (await ConnectAsync(options, log, watch, stopping.Token) is { } client)
        {
            await TrainAsync(options, client, log, watch, lastNumber, stopping.Token);
            await watch.RunAsync("closing the connection", CallLimits.Call, () => client.DisposeAsync().AsTask());
        }

        log.Write(new TrainerEvent { Deed = TrainerDeed.Stop });
        return 0;
    }

    private static async Task TrainAsync(
        TrainerOptions options, CairnClient client, TrainerLogWriter log, CallWatch watch, long lastNumber, CancellationToken stop)
    {
        DeclaredModel model = DeclaredModel.Declare(client, ModelPlan.Name);
        var training = new TrainingLoop(options.Index, model, log, watch, new Random(options.Seed));
        Task saving = SavingPlan.Of(options.Index) is { } plan
            ? new SavingLoop(plan, model, log, watch, new Random(~options.Seed)).RunAsync(lastNumber, stop)
            : Task.CompletedTask;
        Task train = training.RunAsync(stop);
        await await Task.WhenAny(train, saving); // What is not a refusal of the SDK's is a bug, and ends the process with its stack.
        await Task.WhenAll(train, saving);
    }

    // A silo that is about to be declared dead is still listed: another try finds another gateway.
    private static async Task<CairnClient?> ConnectAsync(TrainerOptions options, TrainerLogWriter log, CallWatch watch, CancellationToken stop)
    {
        var settings = new CairnClientOptions { Clustering = ClientClustering.Redis, RedisConnection = options.Redis, ClusterId = options.ClusterId };
        while (!stop.IsCancellationRequested)
        {
            try
            {
                return await watch.RunAsync("connecting", CallLimits.Call, () => CairnClient.ConnectAsync(settings, CancellationToken.None));
            }
            catch (CheckpointException refusal)
            {
                log.Write(new TrainerEvent { Deed = TrainerDeed.Failed, Error = $"{refusal.Error}", Message = $"Connecting: {refusal.Message}" });
            }
        }

        return null;
    }

    private static long LastNumber(string logPath) =>
        new TrainerLogReader(logPath).ReadNew().Where(entry => entry.Deed == TrainerDeed.Save).Max(entry => entry.Number) ?? 0;
}
