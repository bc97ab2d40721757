using Cairn.Client;
using Cairn.Format.Blobs;
using Cairn.Format.Tensors;
using Cairn.Storage.Addresses;
using Cairn.Testing;
using Cairn.Testing.Servers;

namespace Cairn.Silo.Tests;

/// <summary>A model of 512 MiB in 64 MiB shards goes out of three silo processes into a store, and comes back into two.</summary>
public sealed class ClusterJourneyTests(RedisFixture redis, AzuriteFixture azurite) : IClassFixture<RedisFixture>, IClassFixture<AzuriteFixture>, IDisposable
{
    private const int VariableCount = 2;
    private const long VariableBytes = 256L << 20;
    private const long ShardBytes = 64L << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private readonly string _folder = Directory.CreateTempSubdirectory("cairn-journey-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task SaveOnThreeSilosRestoreOnTwo_LocalhostClusteringAndFolder_BytesAreEqual() =>
        TravelAsync(new SiloProcessClusterOptions { Store = _folder }, new StoreOptions());

    [Fact]
    public Task SaveOnThreeSilosRestoreOnTwo_RedisAndAzurite_BytesAreEqual()
    {
        var cluster = new SiloProcessClusterOptions
        {
            Store = $"azblob://journey-{Guid.NewGuid():N}",
            Redis = redis.ConnectionString,
            Variables = new Dictionary<string, string> { [StoreOptions.ConnectionStringVariable] = azurite.ConnectionString },
        };
        return TravelAsync(cluster, new StoreOptions { AzureConnectionString = azurite.ConnectionString });
    }

    private static async Task TravelAsync(SiloProcessClusterOptions options, StoreOptions storeOptions)
    {
        using var deadline = new CancellationTokenSource(Patience);
        options = options with { Arguments = ["--page-bytes-max", "1GiB"] };

        string prefix = await SaveAsync(options with { SiloCount = 3 }, deadline.Token);

        IBlobStore store = StoreAddress.Parse(options.Store).Open(storeOptions);
        List<string> dataFiles = await store.ListAsync(prefix + ".data-", deadline.Token).Select(blob => blob.Name).ToListAsync(deadline.Token);
        Assert.Equal(Enumerable.Range(0, 3).Select(i => $"{prefix}.data-{i:D5}-of-00003"), dataFiles);

        await RestoreAsync(options with { SiloCount = 2 }, prefix, deadline.Token);
    }

    private static async Task<string> SaveAsync(SiloProcessClusterOptions options, CancellationToken cancellationToken)
    {
        await using SiloProcessCluster cluster = await SiloProcessCluster.StartAsync(options, cancellationToken);
        await using CairnClient client = await ConnectAsync(cluster, cancellationToken);
        IReadOnlyList<Variable> variables = Declare(client.Model("journey"));
        foreach (Variable variable in variables)
        {
            Assert.Equal(VariableBytes / ShardBytes, variable.ShardCount);
        }

        await variables[0].Model.InitializeAsync(cancellationToken);
        byte[] bytes = new byte[VariableBytes];
        for (int i = 0; i < VariableCount; i++)
        {
            Pattern.Fill(bytes, seed: (ulong)i << 32, offsetBytes: 0);
            await variables[i].AssignBytesAsync(bytes, progress: null, cancellationToken);
        }

        var saver = new Saver(variables[0].Model) { Timeout = Patience };
        string prefix = await saver.SaveAsync("./out/journey.ckpt", globalStep: 1, cancellationToken: cancellationToken);
        Assert.Equal("out/journey.ckpt-1", prefix);
        await client.DisposeAsync();
        Assert.All(await cluster.StopAsync(cancellationToken), code => Assert.Equal(0, code));
        return prefix;
    }

    private static async Task RestoreAsync(SiloProcessClusterOptions options, string prefix, CancellationToken cancellationToken)
    {
        await using SiloProcessCluster cluster = await SiloProcessCluster.StartAsync(options, cancellationToken);
        await using CairnClient client = await ConnectAsync(cluster, cancellationToken);
        IReadOnlyList<Variable> variables = Declare(client.Model("journey"));

        await new Saver(variables[0].Model).RestoreAsync(prefix, cancellationToken: cancellationToken);

        byte[] expected = new byte[VariableBytes];
        for (int i = 0; i < VariableCount; i++)
        {
            Pattern.Fill(expected, seed: (ulong)i << 32, offsetBytes: 0);
            byte[] restored = await variables[i].ReadBytesAsync(cancellationToken);
            int equalBytes = restored.AsSpan().CommonPrefixLength(expected);
            Assert.True(equalBytes == VariableBytes, $"Variable '{variables[i].Name}' came back different, from byte {equalBytes}.");
        }
    }

    /// <summary>Rows of 256 bytes, so that each of the four shards is exactly 64 MiB.</summary>
    private static List<Variable> Declare(Model model) =>
        [.. Enumerable.Range(0, VariableCount).Select(i => model.Variable(
            TensorDType.Float, $"table{i}", new TensorShape(VariableBytes / 256, 64), Partitioner.MaxShardBytes(ShardBytes)))];

    private static Task<CairnClient> ConnectAsync(SiloProcessCluster cluster, CancellationToken cancellationToken)
    {
        SiloProcessClusterOptions options = cluster.Options;
        var client = new CairnClientOptions { ClusterId = options.ClusterId };
        if (options.Redis is { } redis)
        {
            client.Clustering = ClientClustering.Redis;
            client.RedisConnection = redis;
        }
        else
        {
            client.GatewayPorts = [.. cluster.Silos.Select(silo => silo.Gateway.Port)];
        }

        return CairnClient.ConnectAsync(client, cancellationToken);
    }
}
