using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>
/// The policies of one kind that are bound, in the order of their names. What changed in the store is read again, the rest
/// is kept. Thread-safe.
/// </summary>
internal sealed class PolicySet<T>(IObjectStore store, string policies, string bindings, Func<JsonObject, T> read)
    where T : PolicyBase
{
    private volatile Snapshot _snapshot = new([], [], []);

    /// <summary>Empty at once where no policy is bound.</summary>
    public IReadOnlyList<BoundPolicy<T>> All
    {
        get
        {
            var bound = store.List(bindings, null)!.Items;
            if (bound.Count == 0)
            {
                return [];
            }
            var defined = store.List(policies, null)!.Items;
            var snapshot = _snapshot;
            if (!Same(defined, snapshot.Policies) || !Same(bound, snapshot.Bindings))
            {
                _snapshot = snapshot = Read([.. defined], [.. bound], snapshot);
            }
            return snapshot.Bound;
        }
    }

    private Snapshot Read(StoredObject[] defined, StoredObject[] bound, Snapshot before)
    {
        var kept = new Dictionary<StoredObject, T>(ReferenceEqualityComparer.Instance);
        foreach (var known in before.Bound)
        {
            kept[known.Source] = known.Policy;
        }
        var read = bound.Select(static binding => new PolicyBinding(JsonTree.ParseObject(binding.Json.Span))).ToLookup(static binding => binding.Policy, StringComparer.Ordinal);
        var all = new List<BoundPolicy<T>>();
        foreach (var source in defined)
        {
            var mine = read[source.Key.Name].ToArray();
            if (mine.Length > 0)
            {
                all.Add(new(kept.TryGetValue(source, out var policy) ? policy : Parse(source), mine, source));
            }
        }
        return new(defined, bound, all);
    }

    private T Parse(StoredObject source) => read(JsonTree.ParseObject(source.Json.Span));

    private static bool Same(IReadOnlyList<StoredObject> items, StoredObject[] sources)
    {
        if (items.Count != sources.Length)
        {
            return false;
        }
        for (var i = 0; i < sources.Length; i++)
        {
            if (!ReferenceEquals(items[i], sources[i]))
            {
                return false;
            }
        }
        return true;
    }

    private sealed record Snapshot(StoredObject[] Policies, StoredObject[] Bindings, IReadOnlyList<BoundPolicy<T>> Bound);
}

internal sealed record BoundPolicy<T>(T Policy, IReadOnlyList<PolicyBinding> Bindings, StoredObject Source);

internal static class PolicyScope
{
    /// <summary>What configures admission is never itself subject to policies, so that a bad one can be mended.</summary>
    public static bool IsExempt(AdmissionRequest request) => request.Type.Group == "admissionregistration.k8s.io"
        && request.Type.Plural is "validatingadmissionpolicies" or "validatingadmissionpolicybindings" or "mutatingadmissionpolicies"
            or "mutatingadmissionpolicybindings" or "validatingwebhookconfigurations" or "mutatingwebhookconfigurations";
}
