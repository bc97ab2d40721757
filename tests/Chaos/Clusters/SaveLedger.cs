using System.Globalization;
using Cairn.Chaos.Logs;

namespace Cairn.Chaos.Clusters;

/// <summary>What became of the saves. Thread-safe.</summary>
internal sealed class SaveLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _acknowledged = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _failedSince = new(StringComparer.Ordinal);
    private int _savedSince;
    private double _secondsSince;

    /// <summary>The prefixes whose saves were acknowledged, with how often.</summary>
    public IReadOnlyDictionary<string, int> Acknowledged
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, int>(_acknowledged, StringComparer.Ordinal);
            }
        }
    }

    public void Take(TrainerEvent entry)
    {
        lock (_lock)
        {
            switch (entry.Deed)
            {
                case TrainerDeed.Saved:
                    _acknowledged[entry.Prefix!] = _acknowledged.GetValueOrDefault(entry.Prefix!) + 1;
                    _savedSince++;
                    _secondsSince += entry.Seconds ?? 0;
                    break;
                case TrainerDeed.NotSaved:
                    _failedSince[entry.Error!] = _failedSince.GetValueOrDefault(entry.Error!) + 1;
                    break;
            }
        }
    }

    /// <summary>What happened since the last call: <c>7 saves (1.3 s each), 2 not (1 Aborted, 1 TryAgain)</c>.</summary>
    public string TakeSummary()
    {
        lock (_lock)
        {
            string each = _savedSince > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({_secondsSince / _savedSince:0.0} s each)") : "";
            string failed = string.Join(", ", _failedSince.Select(pair => $"{pair.Value} {pair.Key}"));
            string text = $"{_savedSince} saves{each}" + (failed.Length > 0 ? $", {_failedSince.Values.Sum()} not ({failed})" : "");
            (_savedSince, _secondsSince) = (0, 0);
            _failedSince.Clear();
            return text;
        }
    }
}
