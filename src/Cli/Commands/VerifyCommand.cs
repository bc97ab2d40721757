using System.CommandLine;
using Cairn.Format.Bundles;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn verify</c>: checks every block, tensor and spare byte of a checkpoint.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Argument<string> prefix = Arguments.Prefix();
        ExampleCommand command = new(
            "verify",
            "Checks every block of the index and every byte of the data files. Status 0: sound; 1: damaged, a fault on each line; 2: not found, or not readable (V1, Git LFS pointer).",
            "cairn verify model/model.ckpt-1000")
        {
            prefix,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix opened = OpenedPrefix.Open(parsed.GetRequiredValue(prefix));
            TextWriter output = parsed.InvocationConfiguration.Output;
            int faults = 0;
            await foreach (BundleFault fault in BundleVerifier.VerifyAsync(opened.Store, opened.Prefix, cancellation))
            {
                faults++;
                await output.WriteLineAsync(fault.ToString());
            }

            if (faults > 0)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"cairn: '{opened.Address}' is damaged: {faults} fault(s).");
                return ExitCode.Failure;
            }

            await output.WriteLineAsync($"{opened.Address}: sound");
            return ExitCode.Success;
        });
        return command;
    }
}
