using System.CommandLine;
using System.Globalization;
using Cairn.Cli.Output;
using Cairn.Format.Bundles;
using Cairn.Format.Statistics;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn show</c>: the values of one tensor, read and checked.</summary>
internal static class ShowCommand
{
    private const int BinsDefault = 20;
    private const int BinsMax = 1000;

    public static Command Create()
    {
        Argument<string> prefix = Arguments.Prefix();
        Argument<string> tensor = new("TENSOR") { Description = "The tensor's name, as 'inspect' prints it", HelpName = "TENSOR" };
        tensor.CompletionSources.Add(Completions.TensorsOf(prefix));
        Option<string?> slice = new("--slice")
        {
            Description = "Only a part, as numpy spells it: 0:10,: or -1 or ...,0 (no steps)",
            HelpName = "SLICE",
        };
        Option<bool> onlyStatistics = new("--stats") { Description = "Only the statistics, not the values" };
        Option<int?> histogram = new("--histogram")
        {
            Description = $"How the values are spread over N equally wide bins. Default N: {BinsDefault}",
            HelpName = "N",
            Arity = ArgumentArity.ZeroOrOne,
        };
        histogram.CustomParser = result => result.Tokens.Count == 0 ? BinsDefault : ParseBins(result);
        Option<bool> json = Arguments.Json();
        ExampleCommand command = new(
            "show",
            "Prints the values of a tensor as numpy does, their statistics, and a histogram",
            "The tensor is read in blocks and checked; a large one is printed by its edges, whatever its size. NaN and infinite values are counted, and passed over by "
                + "the other statistics; std is numpy's; the parts of complex numbers count as numbers. --json has every value of the tensor or slice, which must fit "
                + "in memory.",
            "cairn show model/model.ckpt-1000 dense/kernel --slice 0:10,: --histogram")
        {
            prefix, tensor, slice, onlyStatistics, histogram, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            OpenedPrefix opened = OpenedPrefix.Open(parsed.GetRequiredValue(prefix));
            BundleReader reader = await BundleReader.OpenAsync(opened.Store, opened.Prefix, cancellation);
            BundleTensor shown = reader.Index.Get(parsed.GetRequiredValue(tensor));
            SliceText part = SliceText.Parse(parsed.GetValue(slice) ?? "...", shown.Shape);
            TensorView view = new(reader, shown, part);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                await view.WriteJsonAsync(output, hasValues: !parsed.GetValue(onlyStatistics), parsed.GetValue(histogram), cancellation);
            }
            else
            {
                await view.WriteTextAsync(output, hasValues: !parsed.GetValue(onlyStatistics), parsed.GetValue(histogram), cancellation);
            }
        });
        return command;
    }

    private static int? ParseBins(System.CommandLine.Parsing.ArgumentResult result)
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int bins) && bins is > 0 and <= BinsMax)
        {
            return bins;
        }

        result.AddError($"'--histogram {result.Tokens[0].Value}' is no number of bins, 1 to {BinsMax}.");
        return null;
    }
}
