using Proa.Api.Meta;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;
using Proa.Controllers.Resources;

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
        remains.Undiscovered.AddRange(await context.Resources.RefreshAsync(ct));
        var types = context.Resources.All.Where(type => type.Namespaced).ToList();
        await EmptyAsync(name, types.Where(IsPod), remains, ct);
        if (remains.IsNothingSeen)
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
        if (remains.IsEmpty)
        {
            return await FinalizeAsync(ns, ct);
        }
        // What a server holds that does not answer cannot be deleted: the namespace waits for it, and asks less and less often.
        return remains.IsNothingSeen ? ReconcileResult.Retry(remains.DiscoveryFailure!) : ReconcileResult.After(s_lookAgain);
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
                    await FailAsync(path, there.Value.Items, deleted.Error, remains, ct);
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

    /// <summary>Other servers need not know how to delete all at once: then their objects go one by one.</summary>
    private async Task FailAsync(ResourcePath path, IReadOnlyList<ReadOnlyMemory<byte>> items, Status refusal, NamespaceRemains remains, CancellationToken ct)
    {
        if (refusal.Code != 405)
        {
            remains.Failed(refusal);
            return;
        }
        foreach (var item in items)
        {
            var deleted = await context.Client.DeleteAsync(path with { Name = MetadataReader.Read(item.Span).Name }, new DeleteRequest(Propagation: "Background"), ct);
            if (!deleted.Ok && !deleted.IsNotFound)
            {
                remains.Failed(deleted.Error);
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
