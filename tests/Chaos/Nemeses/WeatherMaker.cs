using Cairn.Chaos.Proxies;

namespace Cairn.Chaos.Nemeses;

/// <summary>Changes the weather on the way to the store, again and again.</summary>
internal sealed class WeatherMaker(FaultProxy proxy, Timeline timeline, int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Makes weather until <paramref name="end"/>, then leaves it calm.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        try
        {
            while (true)
            {
                (Weather weather, double seconds) = Next();
                proxy.Set(weather);
                timeline.Say($"store: {Describe(weather)} for {seconds:0} s");
                await Task.Delay(TimeSpan.FromSeconds(seconds), end);
            }
        }
        catch (OperationCanceledException)
        {
            proxy.Set(Weather.Calm);
        }
    }

    private (Weather Weather, double Seconds) Next() => _random.Next(10) switch
    {
        < 3 => (Weather.Calm, 10 + (_random.NextDouble() * 20)),
        < 6 => (Weather.Fair, 10 + (_random.NextDouble() * 20)),
        < 8 => (Weather.Stormy, 5 + (_random.NextDouble() * 10)),
        8 => (Weather.Slow, 5 + (_random.NextDouble() * 10)),
        _ => (Weather.Refusing, 1 + (_random.NextDouble() * 9)),
    };

    private static string Describe(Weather weather) => weather switch
    {
        Weather.Calm => "no faults",
        Weather.Fair => "a fault in 50 requests",
        Weather.Stormy => "a fault in 8 requests",
        Weather.Slow => "every request held back",
        _ => "refuses connections",
    };
}
