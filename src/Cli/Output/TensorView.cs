using System.Globalization;
using System.Text.Json;
using Cairn.Cli.Commands;
using Cairn.Format.Bundles;
using Cairn.Format.Statistics;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Output;

/// <summary>A tensor, or a slice of one, as it is shown. Numbers pass through in blocks: only those that are printed are kept.</summary>
/// <param name="reader">The checkpoint.</param>
/// <param name="tensor">The tensor.</param>
/// <param name="part">What of it is shown.</param>
internal sealed class TensorView(BundleReader reader, BundleTensor tensor, SliceText part)
{
    private bool IsWhole => part.Shape.Equals(tensor.Shape);

    /// <summary>Prints values, statistics and histogram for people.</summary>
    public async Task WriteTextAsync(TextWriter output, bool hasValues, int? bins, CancellationToken cancellation)
    {
        string shape = IsWhole ? $"{tensor.Shape}" : $"{part.Shape} of {tensor.Shape}";
        await output.WriteLineAsync($"{tensor.Name}  {tensor.DType.ShortName()} {shape}");
        if (!tensor.DType.IsFixedSize())
        {
            TensorValue value = await reader.ReadAsync(tensor.Name, part.Slice, cancellation);
            new ArrayText(part.Shape, isNumeric: false, index => ElementText.OfBytes(value, index)).Write(output);
            return;
        }

        Dictionary<long, string> texts = hasValues ? ArrayText.Visible(part.Shape).ToDictionary(index => index, _ => string.Empty) : [];
        TensorStatistics statistics = await TensorStatistics.ReadAsync(reader, tensor.Name, part.Slice, VisibleTexts.Collector(texts, tensor.DType), cancellation);
        if (hasValues)
        {
            new ArrayText(part.Shape, isNumeric: true, index => texts[index]).Write(output);
        }

        if (statistics.Count > 1 || !hasValues)
        {
            await output.WriteLineAsync(Text(statistics));
        }

        if (await HistogramAsync(statistics, bins, cancellation) is { } histogram)
        {
            HistogramText.Write(output, histogram);
        }
    }

    /// <summary>Prints one JSON document.</summary>
    public async Task WriteJsonAsync(TextWriter output, bool hasValues, int? bins, CancellationToken cancellation)
    {
        TensorValue? value = hasValues ? await reader.ReadAsync(tensor.Name, part.Slice, cancellation) : null;
        TensorStatistics? statistics =
            tensor.DType.IsFixedSize() ? await TensorStatistics.ReadAsync(reader, tensor.Name, part.Slice, null, cancellation) : null;
        TensorHistogram? histogram = statistics is null ? null : await HistogramAsync(statistics, bins, cancellation);
        JsonOutput.Write(output, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("name", tensor.Name);
            writer.WriteString("dtype", tensor.DType.ShortName());
            JsonOutput.WriteShape(writer, "shape", part.Shape);
            if (value is not null)
            {
                writer.WritePropertyName("values");
                long next = 0;
                WriteAxis(writer, value, 0, ref next);
            }

            WriteStatistics(writer, statistics);
            WriteHistogram(writer, histogram);
            writer.WriteEndObject();
        });
    }

    private async Task<TensorHistogram?> HistogramAsync(TensorStatistics statistics, int? bins, CancellationToken cancellation) =>
        bins is { } count && statistics.FiniteCount > 0
            ? await TensorHistogram.ReadAsync(reader, tensor.Name, part.Slice, (statistics.Min, statistics.Max), count, cancellation)
            : null;

    private static string Text(TensorStatistics statistics) => string.Create(
        CultureInfo.InvariantCulture,
        $"min {HistogramText.Number(statistics.Min)}  max {HistogramText.Number(statistics.Max)}  mean {HistogramText.Number(statistics.Mean)}  "
            + $"std {HistogramText.Number(statistics.StandardDeviation)}  norm {HistogramText.Number(statistics.Norm)}  zeros {statistics.ZeroCount:N0}  "
            + $"nan {statistics.NaNCount:N0}  inf {statistics.PositiveInfinityCount + statistics.NegativeInfinityCount:N0}  of {statistics.Count:N0}");

    private void WriteAxis(Utf8JsonWriter writer, TensorValue value, int axis, ref long next)
    {
        if (axis == part.Shape.Rank)
        {
            JsonElements.Write(writer, value, next++);
            return;
        }

        writer.WriteStartArray();
        for (long position = 0; position < part.Shape[axis]; position++)
        {
            WriteAxis(writer, value, axis + 1, ref next);
        }

        writer.WriteEndArray();
    }

    private static void WriteStatistics(Utf8JsonWriter writer, TensorStatistics? statistics)
    {
        if (statistics is null)
        {
            return;
        }

        writer.WriteStartObject("statistics");
        writer.WriteNumber("count", statistics.Count);
        writer.WriteNumber("nan", statistics.NaNCount);
        writer.WriteNumber("positiveInfinity", statistics.PositiveInfinityCount);
        writer.WriteNumber("negativeInfinity", statistics.NegativeInfinityCount);
        writer.WriteNumber("zeros", statistics.ZeroCount);
        JsonOutput.WriteDouble(writer, "min", statistics.Min);
        JsonOutput.WriteDouble(writer, "max", statistics.Max);
        JsonOutput.WriteDouble(writer, "mean", statistics.Mean);
        JsonOutput.WriteDouble(writer, "std", statistics.StandardDeviation);
        JsonOutput.WriteDouble(writer, "norm", statistics.Norm);
        writer.WriteEndObject();
    }

    private static void WriteHistogram(Utf8JsonWriter writer, TensorHistogram? histogram)
    {
        if (histogram is null)
        {
            return;
        }

        writer.WriteStartObject("histogram");
        writer.WriteStartArray("edges");
        for (int bin = 0; bin <= histogram.Counts.Length; bin++)
        {
            writer.WriteNumberValue(histogram.EdgeOf(bin));
        }

        writer.WriteEndArray();
        JsonOutput.WriteNumbers(writer, "counts", histogram.Counts);
        writer.WriteEndObject();
    }
}
