using System.Collections.Frozen;

namespace Proa.ApiServer.Admission;

/// <summary>The names by which admission plugins are turned on and off: the original's.</summary>
public static class AdmissionPlugins
{
    /// <summary>On unless turned off. NodeRestriction and OwnerReferencesPermissionEnforcement are off in the original's defaults, and on in clusters that its installers make.</summary>
    public static readonly IReadOnlyList<string> OnByDefault =
    [
        "CertificateApproval", "CertificateSigning", "CertificateSubjectRestriction", "ClusterTrustBundleAttest", "DefaultIngressClass", "DefaultStorageClass",
        "DefaultTolerationSeconds", "JobValidation", "LimitRanger", "MutatingAdmissionPolicy", "MutatingAdmissionWebhook", "NamespaceLifecycle",
        "NodeDeclaredFeatureValidator", "NodeRestriction", "OwnerReferencesPermissionEnforcement", "PersistentVolumeClaimResize", "PodGroupProtection",
        "PodGroupWorkloadExists", "PodResizeValidator", "PodSecurity", "PodTopologyLabels", "Priority", "ResourceQuota", "RuntimeClass", "ServiceAccount",
        "StorageObjectInUseProtection", "TaintNodesByCondition", "ValidatingAdmissionPolicy", "ValidatingAdmissionWebhook",
    ];

    /// <summary>Off unless turned on.</summary>
    public static readonly IReadOnlyList<string> OffByDefault =
    [
        "AlwaysAdmit", "AlwaysDeny", "AlwaysPullImages", "DenyServiceExternalIPs", "EventRateLimit", "ExtendedResourceToleration",
        "LimitPodHardAntiAffinityTopology", "NamespaceAutoProvision", "NamespaceExists", "PodNodeSelector", "PodTolerationRestriction",
    ];

    private static readonly FrozenSet<string> s_known = OnByDefault.Concat(OffByDefault).ToFrozenSet(StringComparer.Ordinal);

    public static bool Has(string name) => s_known.Contains(name);
}
