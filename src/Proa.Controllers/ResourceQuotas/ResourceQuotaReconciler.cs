using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.Api.Quota;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.ResourceQuotas;

/// <summary>Counts what a quota counts and writes it to its status.</summary>
internal sealed class ResourceQuotaReconciler(ControllerContext context, IInformer<ResourceQuota> quotas)
{
    private const int PageSize = 500;

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        // The quota first, then what it counts: whoever is admitted meanwhile changes the quota, and this write is refused.
        if (quotas.Get(key.Namespace, key.Name) is not { } quota)
        {
            return ReconcileResult.Done;
        }
        var used = new Dictionary<string, Quantity>(quota.Status.Used.Where(item => quota.Spec.Hard.ContainsKey(item.Key)), StringComparer.Ordinal);
        var spec = JsonTree.ParseObject(Model.ToUtf8(quota)).Object("spec");
        foreach (var collection in quota.Spec.Hard.Keys.Select(QuotaUsage.CollectionOf).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (context.Resources.All.FirstOrDefault(type => type.GroupResource == collection) is not { } type)
            {
                continue;
            }
            var counted = await CountAsync(type, key.Namespace, spec, ct);
            if (!counted.Ok)
            {
                return ReconcileResult.Retry(counted.Error);
            }
            foreach (var name in quota.Spec.Hard.Keys)
            {
                if (QuotaUsage.Concerns(collection, name))
                {
                    used[name] = counted.Value.GetValueOrDefault(name);
                }
            }
        }
        if (Same(quota.Status.Hard, quota.Spec.Hard) && Same(quota.Status.Used, used))
        {
            return ReconcileResult.Done;
        }
        var written = await context.Client.UpdateStatusAsync(quota with { Status = quota.Status with { Hard = quota.Spec.Hard, Used = used } }, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }

    private async Task<ApiResult<ResourceList>> CountAsync(ResourceInfo type, string ns, JsonObject? spec, CancellationToken ct)
    {
        var total = new ResourceList();
        var options = new ListOptions(Limit: PageSize);
        while (true)
        {
            var page = await context.Client.ListAsync(ResourcePath.Of(type, ns), options, ct);
            if (!page.Ok)
            {
                return page.Error;
            }
            foreach (var item in page.Value.Items)
            {
                var obj = JsonTree.ParseObject(item.Span);
                if (QuotaScopes.Matches(spec, type.GroupResource, obj))
                {
                    total.Add(QuotaUsage.Of(type.GroupResource, obj, context.Time.GetUtcNow()));
                }
            }
            if (string.IsNullOrEmpty(page.Value.Continue))
            {
                return total;
            }
            options = options with { Continue = page.Value.Continue };
        }
    }

    private static bool Same(IReadOnlyDictionary<string, Quantity> a, IReadOnlyDictionary<string, Quantity> b) =>
        a.Count == b.Count && a.All(item => b.TryGetValue(item.Key, out var other) && other == item.Value);
}
