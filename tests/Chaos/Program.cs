using Cairn.Chaos;
using Cairn.Chaos.Trainers;

if (args is [TrainerOptions.Verb, ..])
{
    return await TrainerProgram.RunAsync(TrainerOptions.FromArguments(args));
}

if (ChaosOptions.TryParse(args) is not { } options)
{
    Console.Error.WriteLine(ChaosOptions.Usage);
    return 2;
}

return await ChaosRun.RunAsync(options);
