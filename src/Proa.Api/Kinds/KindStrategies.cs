using System.Collections.Concurrent;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.Api.Kinds;

/// <summary>Finds a kind's strategy. Immutable and thread-safe.</summary>
public static class KindStrategies
{
    /// <summary>The strategies of the kinds that have rules of their own, one file a kind.</summary>
    public static IReadOnlyList<IKindStrategy> All { get; } =
    [
    ];

    private static readonly Lazy<Dictionary<GroupVersionKind, IKindStrategy>> s_byKind = new(() => All.ToDictionary(s => s.Gvk));
    private static readonly ConcurrentDictionary<GroupVersionKind, IKindStrategy> s_default = new();

    // Kinds without a strategy of their own that count generations; those with one say so themselves.
    private static readonly HashSet<string> s_countsGeneration = new(StringComparer.Ordinal)
    {
        "FlowSchema", "PriorityLevelConfiguration", "ValidatingAdmissionPolicy", "MutatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
        "MutatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "CustomResourceDefinition",
        "IngressClass",
    };

    /// <summary>The strategy of a built-in kind; for kinds without rules of their own one made from how the kind is served.</summary>
    public static IKindStrategy For(GroupVersionKind gvk) =>
        s_byKind.Value.TryGetValue(gvk, out var found) ? found : s_default.GetOrAdd(gvk, static g => new KindStrategy(g, TraitsOf(g)));

    /// <summary>The strategy of a custom resource's kind.</summary>
    public static IKindStrategy ForCustom(GroupVersionKind gvk, bool namespaced, bool hasStatus) =>
        new CustomResourceStrategy(gvk, new KindTraits(namespaced, hasStatus, CountsGeneration: true));

    private static KindTraits TraitsOf(GroupVersionKind gvk)
    {
        foreach (var resource in SchemaRegistry.BuiltIn.Resources)
        {
            if (resource.Gvk == gvk)
            {
                return new(resource.Namespaced, resource.Subresource("status") is not null, s_countsGeneration.Contains(gvk.Kind));
            }
        }
        return new(Namespaced: false, HasStatus: false, CountsGeneration: false);
    }
}
