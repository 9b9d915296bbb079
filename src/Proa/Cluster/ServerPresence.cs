using System.Net;
using Microsoft.Extensions.Logging;
using Proa.ApiServer.Servers;
using Proa.Store;

namespace Proa.Cluster;

/// <summary>Tells the cluster that one of its several servers is here: by the endpoints of <c>kubernetes</c> and by a Lease of its own.</summary>
internal static class ServerPresence
{
    public static Func<CancellationToken, Task> Of(
        ClusterConfig config, IPAddress address, IObjectStore store, ObjectIndexer indexer, ApiServer.ApiServer server, TimeProvider time, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Proa.ApiServer.Servers");
        var endpoints = new ServerEndpoints(address.ToString(), config.ApiPort, store, indexer, time, logger);
        // Several on one machine are told apart by their directories.
        var lease = new ServerLease($"{Environment.MachineName}/{config.Id}", server.ClientFor(Identities.Loopback, "kube-apiserver"), time, logger);
        return ct => Task.WhenAll(endpoints.RunAsync(ct), lease.RunAsync(ct));
    }
}
