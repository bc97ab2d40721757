using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cairn.Testing.Servers;

/// <summary>A server that a test started on a free port of the loopback address. Stopped by its process id when disposed, and by a watchdog when
/// the test process dies.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ProcessWatchdog _watchdog;
    private readonly StringBuilder _output = new();

    private ServerProcess(Process process) => (_process, _watchdog) = (process, ProcessWatchdog.Over(process));

    /// <summary>Starts <paramref name="command"/> and waits until its port answers.</summary>
    public static async Task<ServerProcess> StartAsync(string command, IEnumerable<string> arguments, int port)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        var server = new ServerProcess(Process.Start(start) ?? throw new InvalidOperationException($"'{command}' did not start."));
        server._process.OutputDataReceived += server.Keep;
        server._process.ErrorDataReceived += server.Keep;
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        try
        {
            await server.WaitForPortAsync(port).ConfigureAwait(false);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>A port that nobody listens on. Somebody may take it before the server does; then the server ends, and says so.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The full path of a program on PATH, or null.</summary>
    public static string? Find(string program)
    {
        string[] names = OperatingSystem.IsWindows() ? [program + ".exe", program + ".cmd"] : [program];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(StartMax);
        }

        _watchdog.Dispose();
        _process.Dispose();
    }

    private async Task WaitForPortAsync(int port)
    {
        using var deadline = new CancellationTokenSource(StartMax);
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, deadline.Token).ConfigureAwait(false);
                return;
            }
            catch (SocketException)
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException($"'{_process.StartInfo.FileName}' ended with {_process.ExitCode}: {Output()}");
                }

                await Task.Delay(50, deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException(
                    $"'{_process.StartInfo.FileName}' does not answer on port {port} after {StartMax.TotalSeconds:0} seconds: {Output()}");
            }
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            if (_output.Length < 10_000)
            {
                _output.AppendLine(line.Data);
            }
        }
    }

    private string Output()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }
}
