using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cairn.Cli.Output;
using Cairn.Format.Bundles;
using Cairn.Format.Comparing;
using Cairn.Format.Rewriting;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn diff</c>: what differs between two checkpoints.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        Argument<string> before = Arguments.Prefix("A", "The first checkpoint");
        Argument<string> after = Arguments.Prefix("B", "The second checkpoint");
        Option<string?> filter = Arguments.Filter();
        Option<string> sort = new("--sort")
        {
            Description = "The order of changed tensors: by the largest difference, by the relative norm, or by name",
            DefaultValueFactory = _ => "max",
        };
        sort.AcceptOnlyFromAmong("max", "norm", "name");
        Option<double> tolerance = new("--tolerance") { Description = "Values that lie no further apart than this are the same", HelpName = "X" };
        Option<bool> fast = new("--by-checksum") { Description = "Take tensors of equal checksums as equal without reading them" };
        Option<bool> json = Arguments.Json();
        ExampleCommand command = new(
            "diff",
            "Shows what differs between two checkpoints",
            "Which tensors were removed, added, retyped, reshaped or changed from A to B; of changed ones the largest absolute difference, and the Euclidean norm of "
                + "the difference over that of A. How tensors are cut and where they lie does not count. Status 0: the same; 1: different; 2: an error.",
            "cairn diff model/model.ckpt-1000 model/model.ckpt-2000",
            failureStatus: ExitCode.Usage)
        {
            before, after, filter, sort, tolerance, fast, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix first = OpenedPrefix.Open(parsed.GetRequiredValue(before));
            OpenedPrefix second = OpenedPrefix.Open(parsed.GetRequiredValue(after));
            BundleReader own = await BundleReader.OpenAsync(first.Store, first.Prefix, cancellation);
            BundleReader other = await BundleReader.OpenAsync(second.Store, second.Prefix, cancellation);
            NameGlob glob = new(parsed.GetValue(filter) ?? "*");
            ImmutableArray<TensorDifference> differences;
            using (ProgressLine? progress = ProgressLine.Begin(parsed, "comparing", own.Index.Tensors.Sum(tensor => tensor.LengthBytes)))
            {
                ComparisonOptions options = new()
                {
                    Filter = glob.IsMatch,
                    TrustsChecksums = parsed.GetValue(fast),
                    DeltaMax = parsed.GetValue(tolerance),
                    Progress = progress,
                };
                differences = Sort(await CheckpointComparer.CompareAsync(own, other, options, cancellation), parsed.GetRequiredValue(sort));
            }

            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(output, writer => WriteJson(writer, (first.Address, second.Address), differences));
            }
            else
            {
                WriteTable(output, differences);
            }

            return differences.IsEmpty ? ExitCode.Success : ExitCode.Different;
        });
        return command;
    }

    private static ImmutableArray<TensorDifference> Sort(ImmutableArray<TensorDifference> differences, string order) => order == "name"
        ? differences
        : [.. differences.OrderBy(difference => difference.Kind).ThenByDescending(difference => Rank(difference.Values, order))];

    // What became or was not a number stands first.
    private static (bool, double) Rank(ValueDifference? values, string order) =>
        values is null ? (false, 0) : (values.NonFiniteCount > 0, order == "norm" ? values.RelativeNorm : values.DeltaMax);

    private static void WriteTable(TextWriter output, ImmutableArray<TensorDifference> differences)
    {
        if (differences.IsEmpty)
        {
            output.WriteLine("The checkpoints hold the same tensors.");
            return;
        }

        TextTable table = new(string.Empty, "tensor", "dtype", "shape", "changed elements", "max |delta|", "relative norm", "not finite");
        foreach (TensorDifference difference in differences)
        {
            ValueDifference? values = difference.Values;
            bool isMeasured = values is not null && difference.Before!.DType.IsFixedSize();
            table.Add(
                difference.Kind.ToString().ToLowerInvariant(),
                difference.Name,
                Change(difference.Before?.DType.ShortName(), difference.After?.DType.ShortName()),
                Change(difference.Before?.Shape.ToString(), difference.After?.Shape.ToString()),
                values is null ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{values.ChangedCount:N0} of {values.ElementCount:N0}"),
                isMeasured ? Number(values!.DeltaMax) : string.Empty,
                isMeasured ? Number(values!.RelativeNorm) : string.Empty,
                values is { NonFiniteCount: > 0 } ? values.NonFiniteCount.ToString("N0", CultureInfo.InvariantCulture) : string.Empty);
        }

        table.Write(output);
        output.WriteLine();
        output.WriteLine(string.Join(", ", differences.GroupBy(difference => difference.Kind)
            .Select(group => $"{group.Count()} {group.Key.ToString().ToLowerInvariant()}")));
    }

    private static string Change(string? before, string? after) => before == after || after is null ? before! : before is null ? after : $"{before} -> {after}";

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static void WriteJson(Utf8JsonWriter writer, (string A, string B) addresses, ImmutableArray<TensorDifference> differences)
    {
        writer.WriteStartObject();
        writer.WriteString("a", addresses.A);
        writer.WriteString("b", addresses.B);
        writer.WriteBoolean("same", differences.IsEmpty);
        writer.WriteStartArray("differences");
        foreach (TensorDifference difference in differences)
        {
            writer.WriteStartObject();
            writer.WriteString("name", difference.Name);
            writer.WriteString("kind", difference.Kind.ToString().ToLowerInvariant());
            WriteSide(writer, "a", difference.Before);
            WriteSide(writer, "b", difference.After);
            if (difference.Values is { } values)
            {
                writer.WriteNumber("elements", values.ElementCount);
                writer.WriteNumber("changed", values.ChangedCount);
                writer.WriteNumber("notFinite", values.NonFiniteCount);
                JsonOutput.WriteDouble(writer, "maxDelta", values.DeltaMax);
                JsonOutput.WriteDouble(writer, "relativeNorm", values.RelativeNorm);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteSide(Utf8JsonWriter writer, string name, BundleTensor? tensor)
    {
        if (tensor is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartObject(name);
        writer.WriteString("dtype", tensor.DType.ShortName());
        JsonOutput.WriteShape(writer, "shape", tensor.Shape);
        writer.WriteEndObject();
    }
}
