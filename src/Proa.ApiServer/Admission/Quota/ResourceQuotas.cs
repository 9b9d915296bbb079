using System.Collections.Concurrent;
using System.Collections.Immutable;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.Api.Quota;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Admission.Quota;

/// <summary>
/// Refuses what would pass a ResourceQuota of its namespace, and charges what is written to the quota's status. Whoever may be
/// charged holds the namespace's turn until the write is over, and so does whoever writes a quota's status: a recount cannot
/// lose a charge, and two creates cannot take the same rest. It comes last in the chain, as nothing may be refused after it.
/// Where several servers serve the cluster a turn says nothing about the others: there the charge is written before the object,
/// only to the quota that was looked at, and given back when the object is not written. Until then the quota bears a mark
/// (<see cref="QuotaMarks"/>), and a recount, which may have missed the object, is refused.
/// </summary>
/// <param name="several">Other servers serve the same store.</param>
/// <param name="limited">What may be consumed only where a quota limits it.</param>
internal sealed class ResourceQuotas(IObjectStore store, TypeCatalog types, TimeProvider clock, bool several, IReadOnlyList<LimitedResource> limited) : IAdmissionStep
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private readonly NamespaceGate _turns = new();
    private readonly string _server = Guid.NewGuid().ToString("N")[..8];

    // Of charges that are over, and still in their quotas.
    private readonly ConcurrentDictionary<string, ImmutableHashSet<string>> _over = new(StringComparer.Ordinal);
    private long _charges;

    public async ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct)
    {
        var ns = request.Namespace;
        if (ns.Length == 0 || request.Operation == AdmissionOperation.Delete || request.Type.Collection == "events")
        {
            return null;
        }
        if (request.Type.Collection == "resourcequotas" && request.Subresource == "status")
        {
            return await TakeTurnAsync(request, ct)
                ?? (several && request.Old is { } counted && QuotaMarks.Any(counted, clock.GetUtcNow())
                    ? Statuses.Conflict(request.GroupResource, request.ShownName, "what is being charged to it would be lost; please apply your changes to the latest version and try again")
                    : null);
        }
        if (!Handles(request) || (limited.Count == 0 && !Concerned(request)))
        {
            return null;
        }
        if (await TakeTurnAsync(request, ct) is { } late)
        {
            return late;
        }
        while (true)
        {
            var quotas = store.List("resourcequotas", ns)!.Items.Select(item => QuotaState.Of(item, store, clock.GetUtcNow())).ToList();
            if (Check(request, quotas) is { } refused)
            {
                return refused;
            }
            var charged = quotas.Where(static quota => quota.Delta is not null).ToList();
            if (charged.Count == 0 || request.DryRun)
            {
                return null;
            }
            if (!several)
            {
                request.OnFinished(committed => committed ? ChargeAsync(ns, charged, back: false) : default);
                return null;
            }
            var mark = QuotaMarks.New(_server, Interlocked.Increment(ref _charges), clock.GetUtcNow());
            if (await TryChargeAsync(ns, charged, mark))
            {
                request.OnFinished(committed =>
                {
                    Note(ns, mark);
                    return committed ? default : ChargeAsync(ns, charged, back: true);
                });
                return null;
            }
            // Another server charged one of them: look again at what is left.
            ct.ThrowIfCancellationRequested();
            if (await store.ReadBarrierAsync(ct) is { } unreachable)
            {
                return Statuses.Unavailable(unreachable);
            }
        }
    }

    private async ValueTask<Status?> TakeTurnAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!await _turns.EnterAsync(request.Namespace, s_patience, clock, ct))
        {
            return Statuses.InternalError("resource quota evaluation timed out");
        }
        // First in, last out: what is charged at the end is charged within the turn.
        request.OnFinishedLast(() =>
        {
            if (_turns.Leave(request.Namespace) && several)
            {
                _ = UnmarkAsync(request.Namespace);
            }
        });
        return null;
    }

    private void Note(string ns, string mark) => _over.AddOrUpdate(ns, static (_, one) => [one], static (_, others, one) => others.Add(one), mark);

    /// <summary>Takes out the marks of charges that are over, as no other charge comes that would.</summary>
    private async Task UnmarkAsync(string ns)
    {
        while (_over.TryGetValue(ns, out var over))
        {
            var marked = store.List("resourcequotas", ns)!.Items.Where(item => QuotaMarks.Has(JsonTree.ParseObject(item.Json.Span), over)).ToList();
            if (marked.Count == 0)
            {
                // Another one may have come meanwhile.
                if (_over.TryRemove(new(ns, over)))
                {
                    return;
                }
                continue;
            }
            foreach (var quota in marked)
            {
                var obj = JsonTree.ParseObject(quota.Json.Span);
                QuotaMarks.Change(obj, over, null, clock.GetUtcNow());
                if (await WriteAsync(quota, obj) == WriteOutcome.Unavailable)
                {
                    // They are taken out with the next ones, or grow old.
                    return;
                }
            }
        }
    }

    private static bool Handles(AdmissionRequest request) => (request.Type.Collection, request.Subresource) switch
    {
        ("pods", "") => request.IsCreate || QuotaScopes.IsTerminating(request.Old!) != QuotaScopes.IsTerminating(request.Object!),
        ("pods", "resize") => true,
        ("services" or "persistentvolumeclaims" or "resourceclaims.resource.k8s.io", "") => true,
        ("persistentvolumeclaims", "status") =>
            !FieldsSame(request.Old!, request.Object!) || !QuotaScopes.AttributesClasses(request.Old!).SetEquals(QuotaScopes.AttributesClasses(request.Object!)),
        (_, "") => request.IsCreate,
        _ => false,
    };

    private static bool FieldsSame(JsonObject a, JsonObject b) =>
        ResourceList.Of(a.Object("status")?.Object("allocatedResources")).Same(ResourceList.Of(b.Object("status")?.Object("allocatedResources")));

    /// <summary>Without a turn: most namespaces have no quota, and most quotas count few kinds.</summary>
    private bool Concerned(AdmissionRequest request)
    {
        foreach (var item in store.List("resourcequotas", request.Namespace)!.Items)
        {
            var quota = JsonTree.ParseObject(item.Json.Span);
            var hard = quota.Object("status")?.Object("hard") ?? quota.Object("spec")?.Object("hard");
            if (hard?.Keys.Any(name => QuotaUsage.Concerns(request.Type.Collection, name)) == true)
            {
                return true;
            }
        }
        return false;
    }

    private Status? Check(AdmissionRequest request, List<QuotaState> quotas)
    {
        var collection = request.Type.Collection;
        var obj = request.Object!;
        var matching = new List<QuotaState>();
        foreach (var quota in quotas)
        {
            var restricted = quota.Hard.Keys.Where(name => QuotaUsage.Concerns(collection, name)).ToList();
            if (restricted.Count == 0 || !QuotaScopes.Matches(quota.Spec, collection, obj))
            {
                continue;
            }
            if (collection == "pods" && QuotaUsage.Missing(restricted, obj) is { } missing)
            {
                return Forbidden(request, $"failed quota: {quota.Name}: {missing}");
            }
            if (!restricted.TrueForAll(quota.Used.ContainsKey))
            {
                return Forbidden(request, $"status unknown for quota: {quota.Name}, resources: {string.Join(",", restricted)}");
            }
            matching.Add(quota);
        }
        var now = clock.GetUtcNow();
        var usage = QuotaUsage.Of(collection, obj, now);
        if (usage.Where(static item => item.Value.Sign < 0).Select(static item => item.Key).ToList() is { Count: > 0 } negative)
        {
            return Forbidden(request, $"quota usage is negative for resource(s): {string.Join(",", negative)}");
        }
        if (request.IsCreate && Uncovered(request, usage, matching, quotas) is { } uncovered)
        {
            return Forbidden(request, uncovered);
        }
        var before = request.Old is { } old ? QuotaUsage.Of(collection, old, now) : null;
        foreach (var quota in matching)
        {
            var already = before is not null && QuotaScopes.Matches(quota.Spec, collection, request.Old!) ? before : null;
            if (Charge(quota, usage, already, request.Subresource == "status") is { } exceeded)
            {
                return Forbidden(request, exceeded);
            }
        }
        return null;
    }

    /// <summary>What it consumes that needs a quota and has none.</summary>
    private string? Uncovered(AdmissionRequest request, ResourceList usage, List<QuotaState> matching, List<QuotaState> quotas)
    {
        if (limited.Count == 0)
        {
            return null;
        }
        var collection = request.Type.Collection;
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (name, amount) in usage)
        {
            if (amount.Sign > 0 && limited.Any(one => one.Collection == collection && one.Contains.Any(part => name.Contains(part, StringComparison.Ordinal)))
                && !matching.Exists(quota => quota.Hard.ContainsKey(name) && QuotaUsage.Concerns(collection, name)))
            {
                names.Add(name);
            }
        }
        if (names.Count > 0)
        {
            return $"insufficient quota to consume: {string.Join(",", names)}";
        }
        var covered = quotas.SelectMany(static quota => QuotaScopes.Requirements(quota.Spec))
            .Where(scope => QuotaScopes.Meets(scope, collection, request.Object!)).Select(static scope => scope.String("scopeName")).ToHashSet();
        var open = limited.SelectMany(static one => one.Scopes)
            .Where(scope => QuotaScopes.Meets(scope, collection, request.Object!) && !covered.Contains(scope.String("scopeName")))
            .Select(static scope => $"{{{scope.String("scopeName")} {scope.String("operator")} [{string.Join(' ', (scope.Array("values") ?? []).OfType<JsonString>().Select(static value => value.Value))}]}}")
            .ToList();
        return open.Count > 0 ? $"insufficient quota to match these scopes: [{string.Join(' ', open)}]" : null;
    }

    /// <summary>Notes what the request adds; null where it fits.</summary>
    private static string? Charge(QuotaState quota, ResourceList usage, ResourceList? before, bool always)
    {
        var delta = new ResourceList();
        var exceeded = new List<string>();
        foreach (var (name, amount) in usage)
        {
            var more = before is null ? amount : amount - before.GetValueOrDefault(name);
            if (more.Sign <= 0 || !quota.Hard.TryGetValue(name, out var limit))
            {
                continue;
            }
            delta[name] = more;
            if (!always && quota.Used.GetValueOrDefault(name) + more > limit)
            {
                exceeded.Add(name);
            }
        }
        if (exceeded.Count > 0)
        {
            return $"exceeded quota: {quota.Name}, requested: {Join(delta)}, used: {Join(quota.Used)}, limited: {Join(quota.Hard)}";
        }
        quota.Delta = delta.Count == 0 ? null : delta;
        return null;

        string Join(ResourceList list) => string.Join(",", exceeded.Select(name => $"{name}={list.GetValueOrDefault(name)}"));
    }

    /// <summary>Charges all of them as they were looked at, or none.</summary>
    private async ValueTask<bool> TryChargeAsync(string ns, List<QuotaState> quotas, string mark)
    {
        for (var i = 0; i < quotas.Count; i++)
        {
            if (await ChargeOnceAsync(ns, quotas[i], back: false, quotas[i].Revision, mark) != WriteOutcome.Done)
            {
                Note(ns, mark);
                await ChargeAsync(ns, quotas[..i], back: true);
                return false;
            }
        }
        return true;
    }

    /// <summary>The object is written: what it takes is taken now, whatever else happens. Or it is not, and that is given back.</summary>
    private async ValueTask ChargeAsync(string ns, List<QuotaState> quotas, bool back)
    {
        foreach (var quota in quotas)
        {
            while (await ChargeOnceAsync(ns, quota, back, 0, null) == WriteOutcome.Conflict)
            {
                // Another writer came between.
            }
        }
    }

    /// <param name="revision">At which the quota must stand; 0: any.</param>
    /// <param name="mark">What stands in the quota until the object is written; null: nothing.</param>
    private async ValueTask<WriteOutcome> ChargeOnceAsync(string ns, QuotaState quota, bool back, long revision, string? mark)
    {
        if (store.Get(new ObjectKey("resourcequotas", ns, quota.Name)) is not { } stored)
        {
            return WriteOutcome.NotFound;
        }
        if (revision > 0 && stored.Revision != revision)
        {
            return WriteOutcome.Conflict;
        }
        var old = JsonTree.ParseObject(stored.Json.Span);
        var obj = old.CloneObject();
        var status = obj.EnsureObject("status");
        var counted = status.Object("hard") is not null;
        var used = counted ? ResourceList.Of(status.Object("used")) : quota.Used;
        used.Add(back ? Negative(quota.Delta!) : quota.Delta!);
        if (!counted)
        {
            status["hard"] = quota.Hard.ToJson();
        }
        status["used"] = used.ToJson();
        types.FindRules("", "v1", "resourcequotas")!.Track(old, obj, "kube-apiserver", "status", clock.GetUtcNow());
        if (several)
        {
            // Nobody's field.
            QuotaMarks.Change(obj, _over.GetValueOrDefault(ns, []), mark, clock.GetUtcNow());
        }
        return await WriteAsync(stored, obj);
    }

    private async ValueTask<WriteOutcome> WriteAsync(StoredObject stored, JsonObject obj)
    {
        var (json, offset) = ObjectBytes.Encode(obj);
        var result = await store.WriteAsync(new WriteRequest
        {
            Key = stored.Key,
            Kind = WriteKind.Replace,
            Json = json,
            RevisionOffset = offset,
            Index = stored.Index,
            ExpectedRevision = stored.Revision,
        }, CancellationToken.None);
        return result.Outcome;
    }

    private static ResourceList Negative(ResourceList list)
    {
        var negative = new ResourceList();
        foreach (var (name, amount) in list)
        {
            negative[name] = default(Quantity) - amount;
        }
        return negative;
    }

    private static Status Forbidden(AdmissionRequest request, string message) => Statuses.Forbidden(request.GroupResource, request.ShownName, message);
}
