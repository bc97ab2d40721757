using Cairn.Contracts.Silos;
using Cairn.Grains.Variables;
using Cairn.Grains.Variables.Shards;
using Cairn.Grains.Variables.Silos;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Cairn.Grains;

/// <summary>The door to a silo that holds variables.</summary>
public static class CairnSiloBuilderExtensions
{
    /// <summary>Adds the variables and what moves their bytes. The host registers an <see cref="Format.Blobs.IBlobStore"/> and an <see cref="IDataPlaneAddress"/>.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="variables">Sets the options of the variables; they are validated when the host starts.</param>
    /// <exception cref="PlatformNotSupportedException">The machine is big-endian; elements are kept little-endian and computed with in place.</exception>
    public static ISiloBuilder AddCairn(this ISiloBuilder builder, Action<VariablesOptions>? variables = null)
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
        services.AddSingleton<ISiloServiceClient, SiloServiceClient>();
        services.AddHostedService<Sweeper>();
        return builder.AddGrainService<SiloService>();
    }
}
