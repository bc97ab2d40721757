using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Silo.Configuration;
using Cairn.Silo.Hosting;
using Cairn.Storage.Addresses;
using Cairn.Storage.AzureBlobs;
using Cairn.Storage.Local;

namespace Cairn.Silo.Start;

/// <summary>The command: reads the settings, checks them and the world, runs the silo until it is told to stop.</summary>
internal static class SiloProgram
{
    private const int Stopped = 0;
    private const int Failed = 1;
    private const int BadSettings = 2;

    /// <summary>Runs a silo and returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        CommandLine commandLine = CommandLine.Parse(arguments);
        if (commandLine.WantsHelp || commandLine.WantsVersion)
        {
            await output.WriteLineAsync(commandLine.WantsHelp ? Help.Text : Help.Version);
            return Stopped;
        }

        if (!TryReadConfiguration(commandLine, out IConfigurationRoot configuration, out string fault))
        {
            return await RefuseAsync(errors, [fault]);
        }

        (SiloHostOptions options, IReadOnlyList<string> faults) = SiloHostOptionsReader.Read(configuration);
        faults = [.. commandLine.Faults, .. faults];
        if (faults.Count > 0)
        {
            return await RefuseAsync(errors, faults);
        }

        if (!TryOpenStore(options, out IBlobStore store, out fault))
        {
            return await RefuseAsync(errors, [fault]);
        }

        faults = await StartChecks.FindFaultsAsync(options, store, CancellationToken.None);
        return faults.Count > 0 ? await RefuseAsync(errors, faults) : await RunAsync(options, store, configuration, output, errors);
    }

    private static async Task<int> RunAsync(SiloHostOptions options, IBlobStore store, IConfiguration configuration, TextWriter output, TextWriter errors)
    {
        RunningSilo silo;
        try
        {
            silo = await RunningSilo.StartAsync(options, store, Configure, CancellationToken.None);
        }
        catch (Exception e) when (options.LogLevel > LogLevel.Debug)
        {
            await errors.WriteLineAsync($"The silo could not start: {e.GetBaseException().Message} (--log-level Debug shows where.)");
            return RunningSilo.IsAddressInUse(e) ? BadSettings : Failed;
        }

        await using (silo)
        {
            await output.WriteLineAsync(Banner.Of(silo, store.Address));
            await output.FlushAsync();
            return await WaitAsync(silo, output, errors);
        }

        void Configure(WebApplicationBuilder builder)
        {
            builder.Services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
            builder.AddSiloLogging(options.LogLevel);
            builder.Logging.AddConfiguration(configuration.GetSection("Logging"));
        }
    }

    private static async Task<int> WaitAsync(RunningSilo silo, TextWriter output, TextWriter errors)
    {
        using CancellationTokenRegistration stopping = silo.App.Lifetime.ApplicationStopping.Register(
            () => output.WriteLine($"Stopping; work that runs has {silo.Options.StopTimeout.TotalSeconds:0} s to end."));
        try
        {
            await silo.App.WaitForShutdownAsync();
            await output.WriteLineAsync("Stopped.");
            return Stopped;
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync($"Work was given up: it did not end within {silo.Options.StopTimeout.TotalSeconds:0} s (Cairn:StopTimeoutSeconds).");
            return Failed;
        }
    }

    private static bool TryReadConfiguration(CommandLine commandLine, out IConfigurationRoot configuration, out string fault)
    {
        fault = "";
        try
        {
            configuration = new ConfigurationBuilder()
                .SetBasePath(Directory.GetCurrentDirectory())
                .AddJsonFile("appsettings.json", optional: true)
                .AddEnvironmentVariables()
                .AddInMemoryCollection(commandLine.Values)
                .Build();
            return true;
        }
        catch (InvalidDataException e)
        {
            configuration = new ConfigurationBuilder().Build();
            fault = $"appsettings.json of {Directory.GetCurrentDirectory()} cannot be read: {e.GetBaseException().Message}";
            return false;
        }
    }

    private static bool TryOpenStore(SiloHostOptions options, out IBlobStore store, out string fault)
    {
        fault = "";
        try
        {
            store = StoreAddress.Parse(options.Store).Open(new StoreOptions
            {
                Local = new LocalBlobStoreOptions { DropsWrittenFromCache = options.ReadBack },
                Azure = new AzureBlobStoreOptions { TransferChecksum = options.TransferChecksum },
            });
            return true;
        }
        catch (CheckpointException e)
        {
            store = null!;
            fault = $"Cairn:Store (--store): {e.Message}";
            return false;
        }
    }

    private static async Task<int> RefuseAsync(TextWriter errors, IReadOnlyList<string> faults)
    {
        await errors.WriteLineAsync(faults.Count == 1 ? "The silo was not started:" : $"The silo was not started; {faults.Count} things are wrong:");
        foreach (string fault in faults)
        {
            await errors.WriteLineAsync($"  - {fault}");
        }

        await errors.WriteLineAsync("--help lists every setting.");
        return BadSettings;
    }
}
