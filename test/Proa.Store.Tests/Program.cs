using Proa.Store.Tests.Durability;

if (args is [CrashChild.Argument, var directory, var seed])
{
    await CrashChild.RunAsync(directory, int.Parse(seed));
    return 0;
}
return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
