using Proa.Api.Meta;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Namespaces;

/// <summary>
/// Empties a namespace that is being deleted and lets it go: pods first, so that nothing they need goes before them, then
/// everything else.
/// </summary>
internal sealed class NamespaceReconciler(ControllerContext context, IInformer<Namespace> namespaces)
{
    private const string Finalizer = "kubernetes";
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(1);

    public async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken ct)
    {
        if (namespaces.Get(null, name) is not { Metadata.DeletionTimestamp: not null } ns || !ns.Spec.Finalizers.Contains(Finalizer))
        {
            return ReconcileResult.Done;
        }
        var remains = new NamespaceRemains();
        var types = context.Resources.All.Where(type => type.Namespaced).ToList();
        await EmptyAsync(name, types.Where(IsPod), remains, ct);
        if (remains.IsEmpty)
        {
            await EmptyAsync(name, types.Where(type => !IsPod(type)), remains, ct);
        }
        var conditions = NamespaceConditions.Of(ns.Status.Conditions, remains, context.Time.GetUtcNow());
        if (ns.Status.Phase != "Terminating" || !conditions.SequenceEqual(ns.Status.Conditions))
        {
            var told = await context.Client.UpdateStatusAsync(ns with { Status = ns.Status with { Phase = "Terminating", Conditions = conditions } }, ct);
            if (!told.Ok)
            {
                return told.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(told.Error);
            }
            ns = told.Value;
        }
        return remains.IsEmpty ? await FinalizeAsync(ns, ct) : ReconcileResult.After(s_lookAgain);
    }

    private static bool IsPod(ResourceInfo type) => type.Group.Length == 0 && type.Plural == "pods";

    private async Task EmptyAsync(string name, IEnumerable<ResourceInfo> types, NamespaceRemains remains, CancellationToken ct)
    {
        foreach (var type in types)
        {
            var path = ResourcePath.Of(type, name);
            var there = await context.Client.ListAsync(path, ListOptions.All, ct);
            if (there.Ok && there.Value.Items.Count > 0)
            {
                var deleted = await context.Client.DeleteCollectionAsync(path, ListOptions.All, new DeleteRequest(Propagation: "Background"), ct);
                if (!deleted.Ok)
                {
                    remains.Failed(deleted.Error);
                }
                there = await context.Client.ListAsync(path, ListOptions.All, ct);
            }
            if (there.Ok)
            {
                remains.Add(type, there.Value.Items);
            }
            else if (!there.IsNotFound)
            {
                remains.Failed(there.Error);
            }
        }
    }

    private async Task<ReconcileResult> FinalizeAsync(Namespace ns, CancellationToken ct)
    {
        var final = ns with { Spec = ns.Spec with { Finalizers = [.. ns.Spec.Finalizers.Where(finalizer => finalizer != Finalizer)] } };
        var path = ResourcePath.Of(Namespace.Resource, null, ns.Metadata.Name, "finalize");
        var answer = await context.Client.UpdateAsync(path, Model.ToUtf8(final), WriteOptions.Default, ct);
        return answer.Ok || answer.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(answer.Error);
    }
}
