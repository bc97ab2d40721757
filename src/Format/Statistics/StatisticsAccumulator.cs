namespace Cairn.Format.Statistics;

/// <summary>Takes numbers in, block by block. Mean and deviation are joined as Chan, Golub and LeVeque do (1979), so that they are right for a small spread around
/// a large mean.</summary>
internal sealed class StatisticsAccumulator
{
    private long _count;
    private long _nan;
    private long _positive;
    private long _negative;
    private long _zeros;
    private long _finite;
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;
    private double _mean;
    private double _squaredDistances;
    private double _squares;

    public void Add(ReadOnlySpan<double> block)
    {
        long finite = 0;
        double sum = 0;
        foreach (double number in block)
        {
            if (!double.IsFinite(number))
            {
                _nan += double.IsNaN(number) ? 1 : 0;
                _positive += double.IsPositiveInfinity(number) ? 1 : 0;
                _negative += double.IsNegativeInfinity(number) ? 1 : 0;
                continue;
            }

            finite++;
            sum += number;
            _squares += number * number;
            _zeros += number == 0 ? 1 : 0;
            _min = Math.Min(_min, number);
            _max = Math.Max(_max, number);
        }

        _count += block.Length;
        if (finite > 0)
        {
            Join(block, finite, sum / finite);
        }
    }

    public TensorStatistics ToStatistics()
    {
        bool isEmpty = _finite == 0;
        return new TensorStatistics(
            _count,
            _nan,
            _positive,
            _negative,
            _zeros,
            isEmpty ? double.NaN : _min,
            isEmpty ? double.NaN : _max,
            isEmpty ? double.NaN : _mean,
            isEmpty ? double.NaN : Math.Sqrt(_squaredDistances / _finite),
            Math.Sqrt(_squares));
    }

    private void Join(ReadOnlySpan<double> block, long finite, double mean)
    {
        double squaredDistances = 0;
        foreach (double number in block)
        {
            squaredDistances += double.IsFinite(number) ? (number - mean) * (number - mean) : 0;
        }

        long together = _finite + finite;
        double delta = mean - _mean;
        _squaredDistances += squaredDistances + (delta * delta * _finite / together * finite);
        _mean += delta * finite / together;
        _finite = together;
    }
}
