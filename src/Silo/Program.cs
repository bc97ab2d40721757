return await Cairn.Silo.Start.SiloProgram.RunAsync(args, Console.Out, Console.Error);
