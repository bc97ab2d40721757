namespace Cairn.Silo.Hosting;

/// <summary>Leaves Ctrl-C and SIGTERM to the program that embeds the silo; the default lifetime would swallow them.</summary>
internal sealed class EmbeddedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
