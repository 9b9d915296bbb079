using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.ServiceAccounts;

/// <summary>Gives each active namespace its account <c>default</c>.</summary>
internal sealed class ServiceAccountReconciler(ControllerContext context, IInformer<Namespace> namespaces, IInformer<ServiceAccount> accounts)
{
    public async Task<ReconcileResult> ReconcileAsync(string ns, CancellationToken ct)
    {
        if (namespaces.Get(null, ns) is not { Metadata.DeletionTimestamp: null } || accounts.Get(ns, "default") is not null)
        {
            return ReconcileResult.Done;
        }
        var made = await context.Client.CreateAsync(new ServiceAccount { Metadata = new() { Name = "default", Namespace = ns } }, ct);
        return made.Ok || made.Error.Reason == "AlreadyExists" || PodControl.IsNamespaceTerminating(made.Error)
            ? ReconcileResult.Done
            : ReconcileResult.Retry(made.Error);
    }
}
