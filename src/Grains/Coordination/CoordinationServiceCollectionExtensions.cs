using Cairn.Grains.Coordination.Records;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Hosting;

namespace Cairn.Grains.Coordination;

/// <summary>Registers the coordinators of a silo.</summary>
internal static class CoordinationServiceCollectionExtensions
{
    /// <summary>Adds what coordinators need. The host adds the <see cref="Format.Blobs.IBlobStore"/>.</summary>
    public static IServiceCollection AddCairnCoordination(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(CoordinatorServices)))
        {
            return services;
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<CoordinationOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<CoordinationOptions>, CoordinationOptionsValidator>();
        services.AddSingleton<CoordinatorLog>();
        services.AddSingleton<CoordinatorServices>();
        services.AddSingleton<RecordStore>();
        services.AddGrainStorage(RecordGrainStorage.ProviderName, (provider, _) => new RecordGrainStorage(provider.GetRequiredService<RecordStore>()));
        return services;
    }
}
