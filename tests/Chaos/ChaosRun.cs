using System.Globalization;
using Cairn.Chaos.Clusters;
using Cairn.Chaos.Models;
using Cairn.Chaos.Nemeses;
using Cairn.Chaos.Trainers;
using Cairn.Chaos.Verification;
using Cairn.Client;
using Cairn.Format.Blobs;
using Cairn.Storage.Addresses;

namespace Cairn.Chaos;

/// <summary>A run: real processes, faults for some minutes, then a calm end at which every checkpoint is compared with the trainers' logs.</summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private const int SiloCount = 3;
    private const string Container = "chaos";

    private static readonly TimeSpan CalmMax = TimeSpan.FromSeconds(240);
    private static readonly TimeSpan VerifyMax = TimeSpan.FromMinutes(10);

    private readonly ChaosOptions _options;
    private readonly RunServers _servers;
    private readonly string _folder;
    private readonly Timeline _timeline = new();
    private readonly RunFindings _findings;
    private readonly SaveLedger _saves = new();
    private readonly List<SiloSlot> _silos = [];
    private readonly List<TrainerSlot> _trainers = [];
    private readonly Supervisor _supervisor;
    private readonly IBlobStore _store;
    private readonly StateObserver _observer;
    private readonly string _clusterId = $"chaos-{Guid.NewGuid():N}";

    private ChaosRun(ChaosOptions options, RunServers servers)
    {
        (_options, _servers) = (options, servers);
        _folder = Directory.CreateTempSubdirectory("cairn-chaos-").FullName;
        _findings = new RunFindings(_timeline);
        var settings = new SiloSettings(servers.Redis, _clusterId, $"azblob://{Container}", servers.ProxiedConnection);
        _silos.AddRange(Enumerable.Range(0, SiloCount).Select(i => new SiloSlot(i, settings, _folder, _findings, _timeline)));
        _trainers.AddRange(Enumerable.Range(0, ModelPlan.TrainerCount).Select(NewTrainer));
        _store = StoreAddress.Parse($"azblob://{Container}").Open(new StoreOptions { AzureConnectionString = servers.StoreConnection });
        _observer = new StateObserver(_store, _findings);
        _supervisor = new Supervisor(_silos, _trainers, _saves, _findings, _timeline);
    }

    /// <summary>Runs, prints the story, and returns the status: 0 when nothing was wrong.</summary>
    public static async Task<int> RunAsync(ChaosOptions options)
    {
        RunServers servers;
        try
        {
            servers = await RunServers.StartAsync(options.Seed);
        }
        catch (Exception missing)
        {
            bool mustRun = Environment.GetEnvironmentVariable("CAIRN_REQUIRE_ALL") == "1";
            Console.WriteLine($"{(mustRun ? "failed" : "skipped")}: {missing.Message}");
            return mustRun ? 1 : 0;
        }

        await using (servers)
        {
            await using var run = new ChaosRun(options, servers);
            try
            {
                return await run.RunAsync();
            }
            catch (CheckpointException fault)
            {
                Console.WriteLine($"The run was given up after {run._timeline.Elapsed.TotalMinutes:0.0} min: {fault.Message} Logs are kept in {run._folder}");
                return 1;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TrainerSlot trainer in _trainers)
        {
            await trainer.DisposeAsync();
        }

        foreach (SiloSlot silo in _silos)
        {
            await silo.DisposeAsync();
        }
    }

    private async Task<int> RunAsync()
    {
        _timeline.Say($"seed {_options.Seed}, {_options.Minutes} minutes, folder {_folder}");
        foreach (SiloSlot silo in _silos)
        {
            await silo.StartAsync(CancellationToken.None);
        }

        await using CairnClient client = await CairnClient.ConnectAsync(new CairnClientOptions
        {
            Clustering = ClientClustering.Redis,
            RedisConnection = _servers.Redis,
            ClusterId = _clusterId,
        });
        DeclaredModel model = DeclaredModel.Declare(client, ModelPlan.Name);
        await model.Model.InitializeAsync();
        await SaveAsync(model, "first");
        await Task.WhenAll(_trainers.Select(trainer => trainer.StartAsync(CancellationToken.None)));

        using var watching = new CancellationTokenSource();
        Task watch = Task.WhenAll(_supervisor.RunAsync(watching.Token), _observer.RunAsync(watching.Token));
        await _supervisor.WaitUntilAllTrainAsync("the start", CalmMax, CancellationToken.None);
        (int faults, TimeSpan lasted) = await DoFaultsAsync();
        await CalmDownAsync();
        await watching.CancelAsync();
        await watch;

        await Task.WhenAll(_trainers.Select(trainer => trainer.StopAsync()));
        _trainers.ForEach(_supervisor.Follow);
        await SaveAsync(model, "last");
        return await VerifyAsync(client, faults, lasted);
    }

    private async Task<(int Faults, TimeSpan Lasted)> DoFaultsAsync()
    {
        TimeSpan start = _timeline.Elapsed;
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(_options.Minutes));
        var nemesis = new Nemesis(_silos, _trainers, _supervisor, _timeline, _options.Seed);
        Task weather = new WeatherMaker(_servers.Proxy, _timeline, _options.Seed).RunAsync(end.Token);
        await nemesis.RunAsync(end.Token, CancellationToken.None);
        await weather;
        return (nemesis.Faults, _timeline.Elapsed - start);
    }

    /// <summary>Without faults everybody goes on: the trainers train, and each saver saves.</summary>
    private async Task CalmDownAsync()
    {
        _timeline.Say("no more faults");
        await _supervisor.WaitUntilAllTrainAsync("the last fault", CalmMax, CancellationToken.None);
        IReadOnlyDictionary<string, int> before = _saves.Acknowledged;
        TimeSpan start = _timeline.Elapsed;
        while (SavingPlan.All.FirstOrDefault(plan => Count(_saves.Acknowledged, plan) == Count(before, plan)) is { } waiting)
        {
            if (_timeline.Elapsed - start > CalmMax)
            {
                _findings.Hang($"'{waiting.Path}' was not saved in the {CalmMax.TotalSeconds:0} s after the last fault.");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500));
        }

        _timeline.Say($"  each saver has saved again after {(_timeline.Elapsed - start).TotalSeconds:0.0} s");
    }

    private async Task<int> VerifyAsync(CairnClient client, int faults, TimeSpan lasted)
    {
        using var limit = new CancellationTokenSource(VerifyMax);
        await RestoreSomeAsync(client, limit.Token);
        foreach (SiloSlot silo in _silos)
        {
            await silo.StopAsync();
        }

        _timeline.Say("everybody has stopped; every checkpoint is compared with the logs");
        var verifier = new RunVerifier(_store, _findings, _timeline);
        TrainerHistory[] histories = [.. _trainers.Select((trainer, index) => new TrainerHistory(index, trainer.Events))];
        await verifier.RunAsync(histories, _saves.Acknowledged.Keys.Append($"{ModelPlan.Folder}/first").Append($"{ModelPlan.Folder}/last"), limit.Token);

        foreach (string line in LogSummary.Of(_silos.SelectMany(silo => silo.LogPaths)))
        {
            _timeline.Say(line);
        }

        _timeline.Say($"store: {string.Join(", ", _servers.Faults.Counts.OrderBy(count => count.Key).Select(count => $"{count.Value} {count.Key}"))}");
        int steps = _trainers.Sum(trainer => trainer.EndedSteps);
        _timeline.Say($"{steps} steps ended; {_supervisor.UnplannedEnds} silos ended by themselves; {_observer.Looks} looks into state files");
        bool isClean = _findings.IsClean && verifier.Equal == verifier.Checkpoints;
        if (isClean)
        {
            Directory.Delete(_folder, recursive: true);
        }
        else
        {
            Console.WriteLine($"{_findings.Others} other findings, above; seed {_options.Seed}; logs are kept in {_folder}");
        }

        string result = $"{verifier.Checkpoints} checkpoints, {verifier.Equal} equal, {_findings.Lost} lost, {_findings.Hung} hung";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{lasted.TotalMinutes:0.0} min, {faults} faults, {result}"));
        return isClean ? 0 : 1;
    }

    /// <summary>Restores the first, the last and some checkpoints between.</summary>
    private async Task RestoreSomeAsync(CairnClient client, CancellationToken cancellationToken)
    {
        string[] numbered = [.. _saves.Acknowledged.Keys.Where(prefix => prefix.Contains(".ckpt-", StringComparison.Ordinal))];
        var random = new Random(_options.Seed);
        random.Shuffle(numbered);
        string[] chosen = [$"{ModelPlan.Folder}/first", .. numbered.Take(3), $"{ModelPlan.Folder}/last"];
        List<StoredCheckpoint> checkpoints = [];
        foreach (string prefix in chosen)
        {
            StoredCheckpoint checkpoint = await StoredCheckpoint.LoadAsync(_store, prefix, cancellationToken);
            if (checkpoint.Faults.Count == 0)
            {
                checkpoints.Add(checkpoint); // What is wrong with one is said when all are compared.
            }
        }

        foreach (string fault in await RestoreCheck.RunAsync(client, checkpoints, cancellationToken))
        {
            _findings.Add(fault);
        }

        _timeline.Say($"restored into a fresh model: {string.Join(", ", checkpoints.Select(checkpoint => checkpoint.Prefix))}");
    }

    private static async Task SaveAsync(DeclaredModel model, string name) =>
        await new Saver(model.Model) { MaxToKeep = 0, LatestFileName = "ends" }.SaveAsync($"{ModelPlan.Folder}/{name}");

    private static int Count(IReadOnlyDictionary<string, int> acknowledged, SavingPlan plan) =>
        acknowledged.Where(pair => pair.Key.StartsWith(plan.Path, StringComparison.Ordinal)).Sum(pair => pair.Value);

    private TrainerSlot NewTrainer(int index)
    {
        string log = Path.Combine(_folder, $"{ModelPlan.TrainerName(index)}.log");
        return new TrainerSlot(new TrainerOptions(index, log, _servers.Redis, _clusterId, _options.Seed + index), _findings);
    }
}
