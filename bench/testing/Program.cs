using System.Diagnostics;
using System.Globalization;
using Proa.Testing;

// How long a test waits for a cluster of its own, in a process that has started one before; the bar is 300 ms. Usage: bench-testing [rounds].
var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20;
await using (await TestCluster.StartAsync())
{
}
var times = new List<double>();
for (var i = 0; i < rounds; i++)
{
    var began = Stopwatch.GetTimestamp();
    await using var cluster = await TestCluster.StartAsync();
    times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
}
times.Sort();
Console.WriteLine("| start of a TestCluster, warm | ms |");
Console.WriteLine("| --- | --- |");
Console.WriteLine($"| best of {rounds} | {times[0]:n0} |");
Console.WriteLine($"| median | {times[rounds / 2]:n0} |");
Console.WriteLine($"| worst | {times[^1]:n0} |");
