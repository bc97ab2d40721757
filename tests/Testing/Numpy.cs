using System.Diagnostics;

namespace Cairn.Testing;

/// <summary>Python with numpy (Debian's python3-numpy), the judge of files for numpy.</summary>
public static class Numpy
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(1);
    private static readonly Lazy<string?> Interpreter = new(Find);

    /// <summary>Runs a script; what it prints comes back. Fails the test when the script fails, ends it when there is no numpy.</summary>
    /// <param name="script">Python; <c>numpy as np</c> and <c>sys</c> are imported.</param>
    /// <param name="arguments"><c>sys.argv[1:]</c>.</param>
    /// <exception cref="InvalidOperationException">The script failed: what it said.</exception>
    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        if (Interpreter.Value is not { } python)
        {
            Needs.Unmet("There is no Python with numpy: install Debian's python3-numpy, or set CAIRN_PYTHON to an interpreter that has it.");
            return string.Empty;
        }

        using Process process = Start(python, ["-c", "import sys\nimport numpy as np\n" + script, .. arguments]);
        using CancellationTokenSource deadline = new(TimeMax);
        Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"Python ended with {process.ExitCode}: {await error}{await output}");
    }

    private static string? Find()
    {
        string?[] candidates = [Environment.GetEnvironmentVariable("CAIRN_PYTHON"), "/usr/bin/python3", "python3"];
        return Array.Find(candidates, candidate => candidate is { Length: > 0 } && HasNumpy(candidate));
    }

    private static bool HasNumpy(string python)
    {
        try
        {
            using Process process = Start(python, ["-c", "import numpy"]);
            return process.WaitForExit(TimeMax) && process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // No such program.
        }
    }

    private static Process Start(string python, string[] arguments)
    {
        ProcessStartInfo start = new(python) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
