using Cairn.Client;
using Cairn.Quickstart;
using Cairn.Silo;
using Microsoft.Extensions.Logging;

// A cluster of one silo in this process; its store is the folder that the sample is started in.
var options = new EmbeddedClusterOptions { StoreRoot = Directory.GetCurrentDirectory(), LogLevel = LogLevel.Error };
await using EmbeddedCluster cluster = await EmbeddedCluster.StartAsync(options);
await using CairnClient client = CairnClient.InProcess(cluster.Services);

var report = new Report();
await SaveAndRestore.SaveAsync(client, report);
await SaveAndRestore.RestoreAsync(client, report);
await OtherNames.RestoreAsync(client, report);
await MovingAverages.SaveAsync(client, report);
await MovingAverages.RestoreAsync(client, report);

report.List("model");
report.List("Model");
return report.ExitCode;
