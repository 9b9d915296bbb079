using Proa.Api.Json;
using Proa.Api.Quota;
using Proa.Store;

namespace Proa.ApiServer.Admission.Quota;

/// <summary>A ResourceQuota as it stands: what it allows and what is used. For one request.</summary>
internal sealed class QuotaState
{
    private QuotaState(StoredObject stored, JsonObject? spec, ResourceList hard, ResourceList used) =>
        (Name, Revision, Spec, Hard, Used) = (stored.Key.Name, stored.Revision, spec, hard, used);

    public string Name { get; }

    /// <summary>At which it was looked at.</summary>
    public long Revision { get; }

    public JsonObject? Spec { get; }

    public ResourceList Hard { get; }

    public ResourceList Used { get; }

    /// <summary>What the request adds to it.</summary>
    public ResourceList? Delta { get; set; }

    /// <summary>
    /// By its status. One that nobody has counted yet is counted now, so that it is in force from its first moment.
    /// </summary>
    public static QuotaState Of(StoredObject stored, IObjectStore store, DateTimeOffset now)
    {
        var quota = JsonTree.ParseObject(stored.Json.Span);
        var spec = quota.Object("spec");
        var status = quota.Object("status");
        if (status?.Object("hard") is { } hard)
        {
            return new(stored, spec, ResourceList.Of(hard), ResourceList.Of(status.Object("used")));
        }
        var allowed = ResourceList.Of(spec?.Object("hard"));
        return new(stored, spec, allowed, Count(spec, allowed, stored.Key.Namespace, store, now));
    }

    private static ResourceList Count(JsonObject? spec, ResourceList hard, string ns, IObjectStore store, DateTimeOffset now)
    {
        var used = new ResourceList();
        foreach (var collection in hard.Keys.Select(QuotaUsage.CollectionOf).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            foreach (var name in hard.Keys)
            {
                if (QuotaUsage.Concerns(collection, name))
                {
                    used[name] = default;
                }
            }
            foreach (var item in store.List(collection, ns)!.Items)
            {
                var obj = JsonTree.ParseObject(item.Json.Span);
                if (!QuotaScopes.Matches(spec, collection, obj))
                {
                    continue;
                }
                foreach (var (name, amount) in QuotaUsage.Of(collection, obj, now))
                {
                    if (used.TryGetValue(name, out var have))
                    {
                        used[name] = have + amount;
                    }
                }
            }
        }
        return used;
    }
}
