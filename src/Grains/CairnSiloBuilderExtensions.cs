using Cairn.Contracts.Silos;
using Cairn.Grains.Coordination;
using Cairn.Grains.Variables;
using Cairn.Grains.Variables.Shards;
using Cairn.Grains.Variables.Silos;
using Cairn.Grains.Variables.Transfers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Cairn.Grains;

/// <summary>The door to a silo that holds and coordinates models.</summary>
public static class CairnSiloBuilderExtensions
{
    /// <summary>Adds the variables, what moves their bytes, and the coordinators of models. The host registers an
    /// <see cref="Format.Blobs.IBlobStore"/> and an <see cref="IDataPlaneAddress"/>.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="variables">Sets the options of the variables; they are validated when the host starts.</param>
    /// <param name="coordination">Sets the options of the coordinators; they are validated when the host starts.</param>
    /// <exception cref="PlatformNotSupportedException">The machine is big-endian; elements are kept little-endian and computed with in place.</exception>
    public static ISiloBuilder AddCairn(this ISiloBuilder builder, Action<VariablesOptions>? variables = null, Action<CoordinationOptions>? coordination = null)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Cairn runs on little-endian machines.");
        }

        IServiceCollection services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(SiloShards)))
        {
            return builder;
        }

        services.AddOptions<VariablesOptions>().Configure(options => variables?.Invoke(options)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<VariablesOptions>, VariablesOptionsValidator>();
        services.AddSingleton<IValidateOptions<VariablesOptions>, VariablesBlocksValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<SiloShards>();
        services.AddSingleton<SiloWorkshop>();
        services.AddSingleton(provider => new ShardTransfers(provider.GetRequiredService<SiloShards>(), provider.GetRequiredService<IGrainFactory>()));
        services.AddSingleton<ISiloServiceClient, SiloServiceClient>();
        services.AddHostedService<Sweeper>();
        services.AddHostedService<SiloDrain>();
        services.AddCairnCoordination();
        services.Configure<CoordinationOptions>(options => coordination?.Invoke(options));
        return builder.AddGrainService<SiloService>();
    }
}
