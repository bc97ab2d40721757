namespace Cairn.Simulation.Runs;

/// <summary>What the command line asks for.</summary>
internal sealed record RunOptions
{
    /// <summary>How to use it.</summary>
    public const string Usage = """
        dotnet run -c Release --project tests/Simulation -- [OPTIONS]

          --schedules N     how many stories are told, each by its seed (1000)
          --seconds N       tell stories for so long instead
          --seed S          the first seed (fresh: from the clock)
          --workers N       how many processes share the work (one for each core)
          --trace           writes the story down, for one schedule
          --crash-points    every single crash point of a save, for 1 to 4 shards
          --mutants         plants each fault in the rules, and wants it caught
          --only NAME       only the mutants whose name has this in it
        """;

    /// <summary>How many stories.</summary>
    public long Schedules { get; private init; } = 1000;

    /// <summary>For how long, instead; null for a number of stories.</summary>
    public int? Seconds { get; private init; }

    /// <summary>The first seed.</summary>
    public ulong Seed { get; private init; } = (ulong)(DateTime.UtcNow.Ticks / TimeSpan.TicksPerSecond * 1_000_000);

    /// <summary>How many processes.</summary>
    public int Workers { get; private init; } = Environment.ProcessorCount;

    /// <summary>Whether the story is written down.</summary>
    public bool IsTraced { get; private init; }

    /// <summary>Whether crash points are played through.</summary>
    public bool IsCrashPoints { get; private init; }

    /// <summary>Whether mutants are made.</summary>
    public bool IsMutants { get; private init; }

    /// <summary>Which mutants.</summary>
    public string Only { get; private init; } = "";

    /// <summary>Whether this process is one of several, which reports to another.</summary>
    public bool IsWorker { get; private init; }

    /// <summary>Reads a command line. Null, with the reason, when it cannot be read.</summary>
    public static RunOptions? Parse(string[] args, out string? fault)
    {
        RunOptions options = new();
        fault = null;
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i];
            bool hasValue = i + 1 < args.Length;
            ulong value = 0;
            if (name is "--schedules" or "--seconds" or "--seed" or "--workers")
            {
                if (!hasValue || !ulong.TryParse(args[++i], out value))
                {
                    fault = $"{name} needs a number.";
                    return null;
                }
            }

            RunOptions? next = name switch
            {
                "--schedules" => options with { Schedules = (long)value },
                "--seconds" => options with { Seconds = (int)value },
                "--seed" => options with { Seed = value },
                "--workers" => options with { Workers = Math.Max(1, (int)value) },
                "--trace" => options with { IsTraced = true },
                "--crash-points" => options with { IsCrashPoints = true },
                "--mutants" => options with { IsMutants = true },
                "--only" when hasValue => options with { Only = args[++i] },
                "--worker" => options with { IsWorker = true, Workers = 1 },
                _ => null,
            };
            if (next is null)
            {
                fault = $"{name} is no option.\n{Usage}";
                return null;
            }

            options = next;
        }

        return options;
    }
}
