namespace Proa.Api.Schema;

/// <summary>Names that no published document holds: short names, categories, and singulars that differ from the kind's.</summary>
internal static class ResourceNames
{
    public static string[] ShortNames(string group, string plural) => (group, plural) switch
    {
        ("", "componentstatuses") => ["cs"],
        ("", "configmaps") => ["cm"],
        ("", "endpoints") => ["ep"],
        ("" or "events.k8s.io", "events") => ["ev"],
        ("", "limitranges") => ["limits"],
        ("", "namespaces") => ["ns"],
        ("", "nodes") => ["no"],
        ("", "persistentvolumeclaims") => ["pvc"],
        ("", "persistentvolumes") => ["pv"],
        ("", "pods") => ["po"],
        ("", "replicationcontrollers") => ["rc"],
        ("", "resourcequotas") => ["quota"],
        ("", "serviceaccounts") => ["sa"],
        ("", "services") => ["svc"],
        ("apiextensions.k8s.io", "customresourcedefinitions") => ["crd", "crds"],
        ("apps", "daemonsets") => ["ds"],
        ("apps", "deployments") => ["deploy"],
        ("apps", "replicasets") => ["rs"],
        ("apps", "statefulsets") => ["sts"],
        ("autoscaling", "horizontalpodautoscalers") => ["hpa"],
        ("batch", "cronjobs") => ["cj"],
        ("certificates.k8s.io", "certificatesigningrequests") => ["csr"],
        ("networking.k8s.io", "ingresses") => ["ing"],
        ("networking.k8s.io", "ipaddresses") => ["ip"],
        ("networking.k8s.io", "networkpolicies") => ["netpol"],
        ("policy", "poddisruptionbudgets") => ["pdb"],
        ("scheduling.k8s.io", "priorityclasses") => ["pc"],
        ("storage.k8s.io", "storageclasses") => ["sc"],
        ("storage.k8s.io", "volumeattributesclasses") => ["vac"],
        _ => [],
    };

    public static string[] Categories(string group, string plural) => (group, plural) switch
    {
        ("", "pods" or "replicationcontrollers" or "services") => ["all"],
        ("apps", "daemonsets" or "deployments" or "replicasets" or "statefulsets") => ["all"],
        ("autoscaling", "horizontalpodautoscalers") => ["all"],
        ("batch", "cronjobs" or "jobs") => ["all"],
        ("admissionregistration.k8s.io" or "apiextensions.k8s.io" or "apiregistration.k8s.io", _) => ["api-extensions"],
        _ => [],
    };

    public static string Singular(string kind) => kind.ToLowerInvariant();
}
