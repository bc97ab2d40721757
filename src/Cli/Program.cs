using Cairn.Cli;

return await CairnCommand.RunAsync(args, Console.Out, Console.Error);
