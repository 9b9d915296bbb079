using Proa.Store.Tests.Durability;

if (args is [CrashChild.Argument, var directory, var seed])
{
    await CrashChild.RunAsync(directory, int.Parse(seed));
    return 0;
}
if (args is [CrashChild.EtcdArgument, var endpoints, var prefix, var etcdSeed, var process])
{
    await CrashChild.RunOnEtcdAsync(endpoints, prefix, int.Parse(etcdSeed), int.Parse(process));
    return 0;
}
if (args is [ReplaceChild.Argument, var replaced, var killAt])
{
    await ReplaceChild.RunAsync(replaced, int.Parse(killAt));
    return 0;
}
return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
