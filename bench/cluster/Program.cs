using Proa.Bench.Cluster;

// Start, footprint and pod latency of a whole cluster; see README.md beside this file.
if (args is not [var proa, var image, var rounds])
{
    Console.Error.WriteLine("usage: Proa.Bench.Cluster PROA-PROGRAM BUSYBOX-TAR ROUNDS (bench/cluster/run does it)");
    return 2;
}
return await ClusterBench.RunAsync(proa, image, int.Parse(rounds, System.Globalization.CultureInfo.InvariantCulture));
