using Cairn.Client;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.RealCheckpoint;
using Cairn.Silo;
using Cairn.Storage.Addresses;
using Microsoft.Extensions.Logging;

if (args.Length != 1)
{
    Console.Error.WriteLine("Usage: dotnet run --project samples/RealCheckpoint -- PREFIX");
    Console.Error.WriteLine("  PREFIX  a checkpoint that TensorFlow wrote, such as model/model.ckpt-1000");
    return 2;
}

try
{
    // The silos' store is a folder below the present one. A silo reads nothing outside its store, so the checkpoint is copied into it, checked on the way.
    string store = Path.Combine(Directory.GetCurrentDirectory(), "real-checkpoint");
    var options = new EmbeddedClusterOptions { StoreRoot = store, SiloCount = 2, LogLevel = LogLevel.Error };
    await using EmbeddedCluster cluster = await EmbeddedCluster.StartAsync(options);
    await using CairnClient client = CairnClient.InProcess(cluster.Services);

    StoreLocation given = StoreLocation.OfPrefix(args[0]);
    BundleLocation source = new(cluster.Store, new CheckpointPrefix("source/model.ckpt"));
    await BundleCopier.CopyAsync(new BundleLocation(given.Store, new CheckpointPrefix(given.Name)), source, new BundleCopyOptions { Overwrite = true }, CancellationToken.None);
    return await new Journey(client, source).RunAsync() ? 0 : 1;
}
catch (CheckpointException refusal)
{
    Console.Error.WriteLine(refusal.Message);
    return 1;
}
