using System.Globalization;

namespace Cairn.Chaos.Trainers;

/// <summary>What a training process is told on its command line.</summary>
/// <param name="Index">Which of the trainers it is.</param>
/// <param name="LogPath">Where its log is.</param>
/// <param name="Redis">Where the cluster's membership is.</param>
/// <param name="ClusterId">The cluster.</param>
/// <param name="Seed">What its choices are made from.</param>
internal sealed record TrainerOptions(int Index, string LogPath, string Redis, string ClusterId, int Seed)
{
    /// <summary>The first argument of a training process.</summary>
    public const string Verb = "trainer";

    public string[] ToArguments() => [Verb, $"{Index}", LogPath, Redis, ClusterId, $"{Seed}"];

    public static TrainerOptions FromArguments(string[] arguments) => new(
        int.Parse(arguments[1], CultureInfo.InvariantCulture), arguments[2], arguments[3], arguments[4], int.Parse(arguments[5], CultureInfo.InvariantCulture));
}
