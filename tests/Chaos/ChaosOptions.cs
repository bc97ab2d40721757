using System.Globalization;

namespace Cairn.Chaos;

/// <summary>What a run is told on its command line.</summary>
/// <param name="Minutes">How long faults are done.</param>
/// <param name="Seed">What all choices are made from; the same one makes the same faults, though not the same run.</param>
internal sealed record ChaosOptions(double Minutes, int Seed)
{
    public const string Usage = "Usage: dotnet run -c Release --project tests/Chaos -- --minutes M [--seed S]";

    /// <summary>Reads the command line; null when it is none.</summary>
    public static ChaosOptions? TryParse(string[] arguments)
    {
        var options = new ChaosOptions(10, Random.Shared.Next());
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--minutes" when double.TryParse(value, CultureInfo.InvariantCulture, out double minutes) && minutes is > 0 and <= 24 * 60:
                    options = options with { Minutes = minutes };
                    break;
                case "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out int seed):
                    options = options with { Seed = seed };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
