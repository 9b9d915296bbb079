using System.Collections.Concurrent;
using Proa.Api.Kinds.Aggregation;
using Proa.Api.Kinds.Certificates;
using Proa.Api.Kinds.Core;
using Proa.Api.Kinds.Devices;
using Proa.Api.Kinds.Flow;
using Proa.Api.Kinds.Networking;
using Proa.Api.Kinds.Pods;
using Proa.Api.Kinds.Policy;
using Proa.Api.Kinds.Rbac;
using Proa.Api.Kinds.Storage;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.Api.Kinds;

/// <summary>Finds a kind's strategy. Immutable and thread-safe.</summary>
public static class KindStrategies
{
    /// <summary>The strategies of the kinds that have rules of their own, one file a kind.</summary>
    public static IReadOnlyList<IKindStrategy> All { get; } =
    [
        new PodStrategy(),
        new PodTemplateStrategy(),
        new ReplicationControllerStrategy(),
        new DeploymentStrategy(),
        new ReplicaSetStrategy(),
        new StatefulSetStrategy(),
        new DaemonSetStrategy(),
        new JobStrategy(),
        new CronJobStrategy(),
        new ControllerRevisionStrategy(),
        new ServiceStrategy(),
        new EndpointsStrategy(),
        new EndpointSliceStrategy(),
        new ConfigMapStrategy(),
        new SecretStrategy(),
        new NamespaceStrategy(),
        new NodeStrategy(),
        new EventStrategy(""),
        new EventStrategy("events.k8s.io"),
        new ServiceAccountStrategy(),
        new PersistentVolumeStrategy(),
        new PersistentVolumeClaimStrategy(),
        new LimitRangeStrategy(),
        new ResourceQuotaStrategy(),
        new LeaseStrategy(),
        new PodDisruptionBudgetStrategy(),
        new PriorityClassStrategy(),
        new PriorityLevelStrategy(),
        new FlowSchemaStrategy(),
        new RuntimeClassStrategy(),
        new HorizontalPodAutoscalerStrategy("v1"),
        new HorizontalPodAutoscalerStrategy("v2"),
        new CertificateSigningRequestStrategy(),
        new IngressStrategy(),
        new IngressClassStrategy(),
        new NetworkPolicyStrategy(),
        new IpAddressStrategy(),
        new ServiceCidrStrategy(),
        new RoleStrategy("Role", namespaced: true),
        new RoleStrategy("ClusterRole", namespaced: false),
        new RoleBindingStrategy("RoleBinding", namespaced: true),
        new RoleBindingStrategy("ClusterRoleBinding", namespaced: false),
        new StorageClassStrategy(),
        new CsiDriverStrategy(),
        new CsiNodeStrategy(),
        new VolumeAttachmentStrategy(),
        new VolumeAttributesClassStrategy(),
        new CsiStorageCapacityStrategy(),
        new DeviceClassStrategy(),
        new ResourceClaimStrategy(),
        new ResourceClaimTemplateStrategy(),
        new ResourceSliceStrategy(),
        new ApiServiceStrategy(),
        new AdmissionPolicyStrategy("ValidatingAdmissionPolicy", hasStatus: true),
        new AdmissionPolicyStrategy("MutatingAdmissionPolicy", hasStatus: false),
        new AdmissionPolicyStrategy("ValidatingAdmissionPolicyBinding", hasStatus: false),
        new AdmissionPolicyStrategy("MutatingAdmissionPolicyBinding", hasStatus: false),
        new AdmissionPolicyStrategy("ValidatingWebhookConfiguration", hasStatus: false),
        new AdmissionPolicyStrategy("MutatingWebhookConfiguration", hasStatus: false),
    ];

    private static readonly Lazy<Dictionary<GroupVersionKind, IKindStrategy>> s_byKind = new(() => All.ToDictionary(s => s.Gvk));
    private static readonly ConcurrentDictionary<GroupVersionKind, IKindStrategy> s_default = new();

    // Kinds without a strategy of their own that count generations; those with one say so themselves.
    private static readonly HashSet<string> s_countsGeneration = new(StringComparer.Ordinal) { "CustomResourceDefinition" };

    /// <summary>The strategy of a built-in kind; for kinds without rules of their own one made from how the kind is served.</summary>
    public static IKindStrategy For(GroupVersionKind gvk) =>
        s_byKind.Value.TryGetValue(gvk, out var found) ? found : s_default.GetOrAdd(gvk, static g => new KindStrategy(g, TraitsOf(g)));

    /// <summary>The strategy of a custom resource's kind.</summary>
    /// <param name="selectable">The definition's selectable fields, such as <c>spec.color</c>.</param>
    public static IKindStrategy ForCustom(GroupVersionKind gvk, bool namespaced, bool hasStatus, IReadOnlyList<string>? selectable = null) =>
        new CustomResourceStrategy(gvk, new KindTraits(namespaced, hasStatus, CountsGeneration: true), selectable ?? []);

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
