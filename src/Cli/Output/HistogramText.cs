using System.Globalization;
using Cairn.Format.Statistics;

namespace Cairn.Cli.Output;

/// <summary>A histogram in lines of text.</summary>
internal static class HistogramText
{
    private const int BarCells = 50;
    private const string Eighths = " ▏▎▍▌▋▊▉";

    public static void Write(TextWriter output, TensorHistogram histogram)
    {
        long most = Math.Max(1, histogram.Counts.Max());
        string[] edges = [.. Enumerable.Range(0, histogram.Counts.Length + 1).Select(bin => Number(histogram.EdgeOf(bin)))];
        int width = edges.Max(edge => edge.Length);
        int countWidth = most.ToString("N0", CultureInfo.InvariantCulture).Length;
        for (int bin = 0; bin < histogram.Counts.Length; bin++)
        {
            long count = histogram.Counts[bin];
            string number = count.ToString("N0", CultureInfo.InvariantCulture).PadLeft(countWidth);
            output.WriteLine($"{edges[bin].PadLeft(width)} .. {edges[bin + 1].PadLeft(width)}  {number}  {Bar(count, most)}".TrimEnd());
        }
    }

    public static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);

    // In eighths of a cell; what is there at all has one.
    private static string Bar(long count, long most)
    {
        int eighths = count == 0 ? 0 : Math.Max(1, (int)Math.Round((double)count / most * BarCells * Eighths.Length));
        return new string('█', eighths / Eighths.Length) + Eighths[eighths % Eighths.Length];
    }
}
