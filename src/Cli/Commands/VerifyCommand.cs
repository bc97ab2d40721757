using System.CommandLine;
using System.Text.Json;
using Cairn.Cli.Output;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn verify</c>: checks every block, tensor and spare byte of a checkpoint.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Argument<string> prefix = Arguments.Prefix();
        Option<int> jobs = new("--jobs", "-j")
        {
            Description = "How many stretches of the data files are read at once",
            HelpName = "N",
            DefaultValueFactory = _ => 4,
        };
        jobs.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int count) && count is < 1 or > 256)
            {
                result.AddError($"'--jobs {result.Tokens[0].Value}' is not 1 to 256.");
            }
        });
        Option<bool> json = Arguments.Json();
        ExampleCommand command = new(
            "verify",
            "Checks every block of the index and every byte of the data files",
            "A fault is printed on each line, with file, byte and tensor. Status 0: sound; 1: damaged; 2: not found, or not readable (V1, Git LFS pointer).",
            "cairn verify model/model.ckpt-1000")
        {
            prefix, jobs, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix opened = OpenedPrefix.Open(parsed.GetRequiredValue(prefix));
            TextWriter output = parsed.InvocationConfiguration.Output;
            bool isJson = parsed.GetValue(json);
            List<BundleFault> faults = [];
            using (ProgressLine? progress = ProgressLine.Begin(parsed, "verifying", await DataBytesAsync(opened, cancellation)))
            {
                BundleVerifyOptions options = new() { Parallelism = parsed.GetValue(jobs), Progress = progress };
                await foreach (BundleFault fault in BundleVerifier.VerifyAsync(opened.Store, opened.Prefix, options, cancellation))
                {
                    faults.Add(fault);
                    if (!isJson)
                    {
                        progress?.Clear();
                        await output.WriteLineAsync(fault.ToString());
                    }
                }
            }

            if (isJson)
            {
                JsonOutput.Write(output, writer => WriteJson(writer, opened.Address, faults));
            }
            else if (faults.Count == 0)
            {
                await output.WriteLineAsync($"{opened.Address}: sound");
            }
            else
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"cairn: '{opened.Address}' is damaged: {faults.Count} fault(s).");
            }

            return faults.Count == 0 ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    private static async Task<long> DataBytesAsync(OpenedPrefix opened, CancellationToken cancellation)
    {
        long bytes = 0;
        await foreach (BlobProperties file in opened.Store.ListAsync(opened.Prefix.Value + ".data-", cancellation))
        {
            bytes += file.LengthBytes;
        }

        return bytes;
    }

    private static void WriteJson(Utf8JsonWriter writer, string address, List<BundleFault> faults)
    {
        writer.WriteStartObject();
        writer.WriteString("prefix", address);
        writer.WriteBoolean("sound", faults.Count == 0);
        writer.WriteStartArray("faults");
        foreach (BundleFault fault in faults)
        {
            writer.WriteStartObject();
            writer.WriteString("file", fault.File);
            writer.WriteNumber("offset", fault.OffsetBytes);
            writer.WriteString("tensor", fault.Tensor);
            writer.WriteString("reason", fault.Reason);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
