using Microsoft.Extensions.Logging;
using Proa.ApiServer.Security;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Client.LeaderElection;

namespace Proa.Cluster;

/// <summary>
/// Runs what may run once in a cluster: on a server that is alone always, on one of several while it holds the lease of the
/// original's name.
/// </summary>
/// <param name="identity">Null: this server is alone.</param>
/// <param name="informers">Shared with the rest of the process; run by the caller.</param>
internal sealed class Leadership(ServerIdentity? identity, ApiParts api, InformerFactory informers, TimeProvider time, ILoggerFactory loggers)
{
    /// <param name="component">The lease's name and, with <c>system:</c> before it, the user that may write it.</param>
    /// <param name="make">Makes the part; once a term, since a part that was stopped is not begun again.</param>
    public Func<CancellationToken, Task> For(string component, Func<IInformerFactory, Func<CancellationToken, Task>> make)
    {
        if (identity is null)
        {
            return make(informers);
        }
        var client = api.Server.ClientFor(new UserInfo($"system:{component}", ["system:authenticated"]), component);
        var events = new EventRecorder(client, new(component), time, loggers.CreateLogger("Proa.Cluster"));
        var elector = new LeaderElector(
            new(component, identity.Name) { FormerIdentities = identity.Former }, client, events, time, Random.Shared, loggers.CreateLogger("Proa.Cluster.Leadership"));
        return ct => RunAsync(elector, events, make, ct);
    }

    private async Task RunAsync(LeaderElector elector, EventRecorder events, Func<IInformerFactory, Func<CancellationToken, Task>> make, CancellationToken ct)
    {
        using var over = new CancellationTokenSource();
        var telling = events.RunAsync(over.Token);
        try
        {
            await elector.RunAsync(term => ServeAsync(make, term), ct);
        }
        finally
        {
            await over.CancelAsync();
            await telling;
        }
    }

    /// <summary>One term, with informers of its own: those that a part subscribed to end with it.</summary>
    private async Task ServeAsync(Func<IInformerFactory, Func<CancellationToken, Task>> make, CancellationToken term)
    {
        var own = new InformerFactory(api.Server.ClientFor(Identities.Loopback, "proa"), time, loggers);
        var run = make(own);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(term);
        var following = own.RunAsync(over.Token);
        try
        {
            await run(term);
        }
        finally
        {
            await over.CancelAsync();
            await following;
        }
    }
}
