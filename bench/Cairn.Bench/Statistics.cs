namespace Cairn.Bench;

/// <summary>Of many numbers, one.</summary>
internal static class Statistics
{
    public static double Median(IEnumerable<double> numbers) => Percentile(numbers, 0.5);

    /// <summary>The smallest number that a part of all does not pass.</summary>
    public static double Percentile(IEnumerable<double> numbers, double part)
    {
        double[] sorted = [.. numbers.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
