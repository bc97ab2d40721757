namespace Cairn.Client.Tests.Cluster;

/// <summary>The example of docs/consistency.md runs as it is written there.</summary>
public sealed class ConsistencyPageTests(ClusterFixture cluster)
{
    [Fact]
    public async Task TheExample_GoesBackWithTheModel_AndEveryStepCountsOnce()
    {
        const long steps = 6;
        Model model = await cluster.ModelAsync();
        Variable<long> count = model.Variable("count", 0L);
        await model.InitializeAsync();
        Model chief = await (await cluster.ClientAsync()).OpenModelAsync(model.Name);
        var saver = new Saver(chief);
        string path = $"./{cluster.NewName("consistency")}/model.ckpt";
        string saved = await saver.SaveAsync(path);
        bool isRestored = false;

        long Batch(long number)
        {
            if (number == 5 && !isRestored)
            {
                isRestored = true;
                RestoreAsSomebodyElse();
            }

            return 1L << (int)number;
        }

        void RestoreAsSomebodyElse()
        {
            using AsyncFlowControl flow = ExecutionContext.SuppressFlow(); // The restore is no part of the step that it breaks into.
            Task.Run(() => saver.RestoreAsync(saved)).GetAwaiter().GetResult();
        }

        await using Session session = await model.OpenSessionAsync("worker-0");
        for (long next = session.LastEndedStep + 1; next < steps;)
        {
            try
            {
                await session.StepAsync(step => step.AssignAddAsync(count, Batch(next)));
                next = session.LastEndedStep + 1;
            }
            catch (StaleGenerationException)
            {
                next = await session.ResumeAsync(); // The data goes back with the model.
            }
        }

        Assert.Equal(0b111111, (await count.ReadAsync())[0]);
        Assert.True(isRestored);
    }

    [Fact]
    public void TheExample_IsTheOneOfThePage()
    {
        string root = RootAbove(AppContext.BaseDirectory);
        string page = File.ReadAllText(Path.Combine(root, "docs/consistency.md"));
        string[] example = page.Split("```csharp\n")[1].Split("```")[0].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] source = [.. File.ReadLines(Path.Combine(root, "tests/Client.Tests/Cluster/ConsistencyPageTests.cs")).Select(line => line.Trim())];

        int begin = Array.IndexOf(source, example[0].Trim());

        Assert.True(begin >= 0, $"'{example[0]}' is not in the test.");
        Assert.Equal(example.Select(line => line.Trim()), source.Skip(begin).Take(example.Length));
    }

    private static string RootAbove(string folder) =>
        File.Exists(Path.Combine(folder, "Distributed.sln")) ? folder : RootAbove(Path.GetDirectoryName(folder)!);
}
