using Cairn.Client;
using Cairn.Contracts.Checkpoints;
using Cairn.Format.Tensors;

namespace Cairn.Silo.Tests;

/// <summary>Sessions that train a model, adding 1 to every element in each step, until they are told to stop. Large shards go over the data plane, small ones
/// in grain calls; one variable has an average.</summary>
internal sealed class TrainingJob : IAsyncDisposable
{
    private const int Sessions = 3;
    private const int LargeElements = 4 * 40_000; // Four shards of 160 KB.

    private readonly CancellationTokenSource _stop = new();
    private readonly Model _model;
    private readonly Variable<float> _large;
    private readonly Variable<long> _small;
    private readonly ExponentialMovingAverage _average;
    private Task<long[]>? _training;
    private long _steps;

    private TrainingJob(Model model)
    {
        _model = model;
        _large = model.Variable("large", new TensorShape(LargeElements), 0f, Partitioner.FixedSize(4));
        _small = model.Variable("small", new TensorShape(8), 0L, Partitioner.FixedSize(4));
        _average = new ExponentialMovingAverage(model, 0.5);
        _average.Apply([_large]);
    }

    /// <summary>Steps that were ended so far.</summary>
    public long Steps => Volatile.Read(ref _steps);

    public static async Task<TrainingJob> StartAsync(CairnClient client, string model, CancellationToken cancellationToken)
    {
        var job = new TrainingJob(client.Model(model));
        await job._model.InitializeAsync(cancellationToken);
        job._training = Task.WhenAll(Enumerable.Range(0, Sessions).Select(worker => job.TrainAsync(worker, cancellationToken)));
        return job;
    }

    /// <summary>Waits until so many more steps were ended: training goes on.</summary>
    public async Task ProceedAsync(int steps, CancellationToken cancellationToken)
    {
        long goal = Steps + steps;
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Steps < goal && !_training!.IsCompleted)
        {
            await pause.WaitForNextTickAsync(cancellationToken);
        }

        if (_training!.IsCompleted)
        {
            await _training;
        }
    }

    /// <summary>Stops training; the model must hold exactly the steps that were ended, all of one generation.</summary>
    public async Task AssertNothingWasLostAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        long steps = (await _training!).Sum();
        ModelStatus status = await _model.GetStatusAsync(cancellationToken);
        Assert.Equal(1, status.Generation);
        Assert.All(await _large.ReadAsync(cancellationToken), value => Assert.Equal(steps, value));
        Assert.All(await _small.ReadAsync(cancellationToken), value => Assert.Equal(steps, value));

        // Sessions reach the shards in another order each, so that averages differ a little; one that was lost would be far away.
        float[] average = await _average.Average(_large).ReadAsync(cancellationToken);
        Assert.InRange(average.Min(), steps - 10, steps);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _training!.ContinueWith(_ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    private async Task<long> TrainAsync(int worker, CancellationToken cancellationToken)
    {
        float[] ones = [.. Enumerable.Repeat(1f, LargeElements)];
        long[] one = [.. Enumerable.Repeat(1L, 8)];
        await using Session session = await _model.OpenSessionAsync($"worker-{worker}", cancellationToken);
        long steps = 0;
        for (; !_stop.IsCancellationRequested; steps++)
        {
            await session.StepAsync(async step =>
            {
                await step.AssignAddAsync(_large, ones, null, cancellationToken);
                await step.AssignAddAsync(_small, one, null, cancellationToken);
                await step.UpdateAsync(_average, cancellationToken);
            }, cancellationToken);
            Interlocked.Increment(ref _steps);
        }

        return steps;
    }
}
