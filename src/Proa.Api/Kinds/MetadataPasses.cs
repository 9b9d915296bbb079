namespace Proa.Api.Kinds;

/// <summary>
/// How often and in which order a kind's own rules check the metadata again when an object is updated, after the check that all
/// kinds share: the original's causes list each finding of each pass.
/// </summary>
/// <param name="OnUpdate"><c>U</c>: a pass of what changed, <c>M</c>: one of the metadata as a new object's; each in its order.</param>
/// <param name="NamesFinalizers">Finalizers must be standard or qualified by a domain.</param>
public sealed record MetadataPasses(string OnUpdate, bool NamesFinalizers)
{
    /// <summary>Most kinds look at the change once.</summary>
    public static readonly MetadataPasses Default = new("U", NamesFinalizers: true);

    /// <summary>Custom resources, definitions and what came late.</summary>
    public static readonly MetadataPasses Generic = new("U", NamesFinalizers: false);

    private static readonly Dictionary<string, MetadataPasses> s_byKind = Table();

    public static MetadataPasses Of(string group, string kind) => s_byKind.GetValueOrDefault($"{group}/{kind}") ?? Default;

    private static Dictionary<string, MetadataPasses> Table()
    {
        var table = new Dictionary<string, MetadataPasses>(StringComparer.Ordinal);
        Add(new("UM", true), "/Pod", "/ConfigMap", "/Secret", "/ServiceAccount", "/Endpoints", "/PersistentVolumeClaim", "apps/ControllerRevision",
            "networking.k8s.io/Ingress", "networking.k8s.io/IngressClass", "storage.k8s.io/VolumeAttributesClass");
        Add(new("M", true), "discovery.k8s.io/EndpointSlice", "/LimitRange", "storage.k8s.io/CSINode", "storage.k8s.io/VolumeAttachment",
            "flowcontrol.apiserver.k8s.io/FlowSchema", "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration");
        Add(new("MM", true), "/PersistentVolume");
        Add(new("MU", true), "/Namespace", "/Node", "batch/Job", "networking.k8s.io/IPAddress", "rbac.authorization.k8s.io/Role",
            "rbac.authorization.k8s.io/ClusterRole", "rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding",
            "storage.k8s.io/StorageClass", "storage.k8s.io/CSIStorageCapacity", "certificates.k8s.io/CertificateSigningRequest",
            "resource.k8s.io/ResourceClaim", "resource.k8s.io/ResourceClaimTemplate", "resource.k8s.io/DeviceClass");
        Add(new("", false), "/Event", "policy/PodDisruptionBudget");
        Add(new("MU", false), "node.k8s.io/RuntimeClass");
        Add(Generic, "coordination.k8s.io/Lease", "apiextensions.k8s.io/CustomResourceDefinition");
        Add(new("M", false), "admissionregistration.k8s.io/ValidatingWebhookConfiguration", "admissionregistration.k8s.io/MutatingWebhookConfiguration",
            "admissionregistration.k8s.io/ValidatingAdmissionPolicy", "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
            "admissionregistration.k8s.io/MutatingAdmissionPolicy", "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding");
        Add(new("UM", false), "apiregistration.k8s.io/APIService");
        return table;

        void Add(MetadataPasses passes, params ReadOnlySpan<string> kinds)
        {
            foreach (var kind in kinds)
            {
                table.Add(kind, passes);
            }
        }
    }
}
