using Cairn.Format.Tensors;

namespace Cairn.Client.Tests.Cluster;

/// <summary>Sessions and steps in a real cluster.</summary>
public sealed class StepTests(ClusterFixture cluster)
{
    [Fact]
    public async Task StepAsync_ManySessions_EveryUpdateCountsOnce()
    {
        Model model = await cluster.ModelAsync();
        Variable<long> count = model.Variable("count", new TensorShape(4), 0L, Partitioner.FixedSize(2));
        await model.InitializeAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            await using Session session = await model.OpenSessionAsync($"worker-{worker}");
            for (int i = 0; i < 10; i++)
            {
                await session.StepAsync(step => step.AssignAddAsync(count, 1L, 2L, 3L, 4L));
            }
        }));

        Assert.Equal(new[] { 40L, 80L, 120L, 160L }, await count.ReadAsync());
    }

    [Fact]
    public async Task SaveAsync_WhileOthersTrain_HoldsWholeSteps()
    {
        Model model = await cluster.ModelAsync();
        Variable<long> a = model.Variable("a", 0L);
        Variable<long> b = model.Variable("b", 0L);
        await model.InitializeAsync();
        var saver = new Saver(model);
        string path = $"./{cluster.NewName("whole")}/model.ckpt";
        using var stop = new CancellationTokenSource();
        Task training = TrainAsync(model, a, b, stop.Token);

        string[] prefixes = [await saver.SaveAsync(path, 1), await saver.SaveAsync(path, 2)];
        await stop.CancelAsync();
        await training;

        foreach (string prefix in prefixes)
        {
            await saver.RestoreAsync(prefix);
            Assert.Equal(await a.ReadAsync(), await b.ReadAsync());
        }
    }

    [Fact]
    public async Task SaveAsync_FromInsideAStep_IsRefused()
    {
        Model model = await cluster.ModelAsync();
        Variable<float> v = model.Variable("v", [1f]);
        await model.InitializeAsync();
        await using Session session = await model.OpenSessionAsync("worker-0");

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() =>
            session.StepAsync(async _ => await new Saver(model).SaveAsync($"./{cluster.NewName("inside")}/model.ckpt")));
        await session.StepAsync(step => step.AssignAsync(v, 2f));

        Assert.Equal(CheckpointError.InvalidArgument, refusal.Error);
        Assert.Contains("step", refusal.Message);
        Assert.Equal(new[] { 2f }, await v.ReadAsync());
    }

    [Fact]
    public async Task RestoreAsync_WithASessionOpen_TheSessionGoesOnInTheNewGeneration()
    {
        Model model = await cluster.ModelAsync();
        Variable<float> v = model.Variable("v", [1f]);
        await model.InitializeAsync();
        var saver = new Saver(model);
        string prefix = await saver.SaveAsync($"./{cluster.NewName("resume")}/model.ckpt");
        await using Session session = await model.OpenSessionAsync("worker-0");
        await session.StepAsync(step => step.AssignAsync(v, 9f));
        long before = session.Generation;

        await saver.RestoreAsync(prefix);
        await session.StepAsync(step => step.AssignAddAsync(v, 1f));

        Assert.True(session.Generation > before);
        Assert.Equal(new[] { 2f }, await v.ReadAsync());
    }

    [Fact]
    public async Task UpdateAsync_OfAnAverageInsideAStep_FollowsNumUpdates()
    {
        Model model = await cluster.ModelAsync();
        Variable<float> v = model.Variable("v", [0f]);
        var ema = new ExponentialMovingAverage(model, 0.99, numUpdates: () => 0);
        ema.Apply(v);
        await model.InitializeAsync();
        await using Session session = await model.OpenSessionAsync("worker-0");

        await session.StepAsync(async step =>
        {
            await step.AssignAsync(v, 10f);
            await step.UpdateAsync(ema);
        });

        // min(0.99, (1 + 0) / (10 + 0)) is 0.1.
        Assert.Equal(new[] { (1f - 0.1f) * 10f }, await ema.Average(v).ReadAsync());
    }

    private static async Task TrainAsync(Model model, Variable<long> a, Variable<long> b, CancellationToken stop)
    {
        await using Session session = await model.OpenSessionAsync("trainer");
        while (!stop.IsCancellationRequested)
        {
            await session.StepAsync(async step =>
            {
                await step.AssignAddAsync(a, 1L);
                await step.AssignAddAsync(b, 1L);
            });
        }
    }
}
