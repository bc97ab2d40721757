using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

namespace Cairn.Client;

/// <summary>The door to the SDK for programs with dependency injection.</summary>
public static class ClientServices
{
    /// <summary>Registers <see cref="CairnClient"/>; the connection is opened when the host starts.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the options are wrong, all faults listed.</exception>
    public static IServiceCollection AddCairnClient(this IServiceCollection services, Action<CairnClientOptions>? configure = null)
    {
        var options = new CairnClientOptions();
        configure?.Invoke(options);
        CairnClientOptionsRules.Check(options);
        services.AddOrleansClient(client => ClusterConnection.Configure(client, options));
        return services.AddSingleton(provider => new CairnClient(
            provider.GetRequiredService<IGrainFactory>(), options, provider.GetRequiredService<ILoggerFactory>(), connection: null));
    }
}
