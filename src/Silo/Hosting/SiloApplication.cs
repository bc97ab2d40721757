using Cairn.Format.Blobs;
using Cairn.Grains;
using Cairn.Silo.Configuration;
using Cairn.Silo.DataPlane;
using Cairn.Silo.Health;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Cairn.Silo.Hosting;

/// <summary>Composes one silo: Orleans, the grains, the store, and Kestrel with the data plane and the health endpoints.
/// Reads no configuration but its arguments.</summary>
internal static class SiloApplication
{
    /// <summary>Builds the silo; nothing runs yet. The application owns <paramref name="socket"/>, the caller keeps the store.</summary>
    public static WebApplication Build(SiloHostOptions options, IBlobStore store, DataPlaneSocket socket, Action<WebApplicationBuilder> configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Cairn.Silo" });
        AddKestrel(builder, options, socket);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = options.StopTimeout);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton<IDataPlaneAddress>(socket);
        builder.Services.AddSingleton<SiloReadiness>();
        builder.Services.AddSingleton<ShardOwners>();
        builder.UseOrleans(silo =>
        {
            OrleansSettings.Apply(silo, options);
            silo.AddCairn(
                variables =>
                {
                    variables.PageBytesMax = options.PageBytesMax;
                    variables.ReceivedBytesMax = options.ReceivedBytesMax;
                    variables.InFlightBytesMax = options.InFlightBytesMax;
                    variables.ReadsBack = options.ReadBack;
                    variables.HandOverSecondsMax = (int)Math.Min(options.HandOverTimeout.TotalSeconds, options.StopTimeout.TotalSeconds / 2);
                },
                coordination => coordination.ShardBytesMax = options.ShardBytesMax);
        });
        configure(builder);

        WebApplication app = builder.Build();
        app.UseRouting();
        app.MapHealth();
        app.MapCairnDataPlane();
        return app;
    }

    private static void AddKestrel(WebApplicationBuilder builder, SiloHostOptions options, DataPlaneSocket socket)
    {
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.ShardBytesMax;
            kestrel.Listen(socket.EndPoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.Configure<SocketTransportOptions>(o => o.CreateBoundListenSocket = _ => socket.ForKestrel());
    }
}
