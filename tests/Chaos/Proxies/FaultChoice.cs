namespace Cairn.Chaos.Proxies;

/// <summary>Draws what happens to each request, by the weather. Thread-safe. It counts what it drew.</summary>
internal sealed class FaultChoice(int seed)
{
    private static readonly ProxyFault[] Faults = [.. Enum.GetValues<ProxyFault>().Where(fault => fault != ProxyFault.None)];

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly Dictionary<ProxyFault, int> _counts = [];

    public Weather Weather { get; set; } = Weather.Calm;

    /// <summary>How often each fault was drawn.</summary>
    public IReadOnlyDictionary<ProxyFault, int> Counts
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<ProxyFault, int>(_counts);
            }
        }
    }

    /// <summary>What happens to the next request, chance for its details, and how long it is held back if it is.</summary>
    public (ProxyFault Fault, Random Random, TimeSpan Hold) Draw()
    {
        lock (_lock)
        {
            ProxyFault fault = Weather switch
            {
                Weather.Fair => OneIn(50),
                Weather.Stormy => OneIn(8),
                Weather.Slow => ProxyFault.Delay,
                _ => ProxyFault.None,
            };
            if (fault != ProxyFault.None)
            {
                _counts[fault] = _counts.GetValueOrDefault(fault) + 1;
            }

            double holdSeconds = Weather == Weather.Slow ? _random.NextDouble() * 0.4 : _random.NextDouble() * 4;
            return (fault, new Random(_random.Next()), TimeSpan.FromSeconds(holdSeconds));
        }
    }

    private ProxyFault OneIn(int n) => _random.Next(n) == 0 ? Faults[_random.Next(Faults.Length)] : ProxyFault.None;
}
