using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What names of resources mean: <c>cpu</c>, <c>hugepages-2Mi</c>, <c>example.com/device</c>.</summary>
public static class ResourceNames
{
    private static readonly HashSet<string> s_standard = new(StringComparer.Ordinal)
    {
        "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu", "limits.memory",
        "limits.ephemeral-storage", "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims",
        "storage", "requests.storage", "services.nodeports", "services.loadbalancers",
    };

    private static readonly HashSet<string> s_integer = new(StringComparer.Ordinal)
    {
        "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports",
        "services.loadbalancers",
    };

    /// <summary>Whether the name is sound; says what is wrong where it is not.</summary>
    internal static bool Check(string name, string field, FieldErrors errors)
    {
        var wrong = Names.QualifiedName(name);
        if (wrong.Length > 0)
        {
            errors.Invalid(field, name, wrong);
            return false;
        }
        if (!name.Contains('/') && !IsStandard(name))
        {
            errors.Invalid(field, name, "must be a standard resource type or fully qualified");
            return false;
        }
        return true;
    }

    public static bool IsStandard(string name) => s_standard.Contains(name) || IsQuotaHugePages(name);

    /// <summary>Those that quotas count; all standard ones but <c>storage</c>.</summary>
    public static bool IsOfQuotas(string name) => name != "storage" && IsStandard(name);

    public static bool IsOfContainers(string name) => name is "cpu" or "memory" or "ephemeral-storage" || IsHugePages(name);

    public static bool IsHugePages(string name) => name.StartsWith("hugepages-", StringComparison.Ordinal);

    public static bool IsNative(string name) => !name.Contains('/') || name.Contains("kubernetes.io/", StringComparison.Ordinal);

    public static bool IsExtended(string name) =>
        !IsNative(name) && !name.StartsWith("requests.", StringComparison.Ordinal) && Names.QualifiedName("requests." + name).Length == 0;

    public static bool IsInteger(string name) => s_integer.Contains(name) || IsExtended(name);

    public static bool CanOvercommit(string name) => IsNative(name) && !IsHugePages(name);

    private static bool IsQuotaHugePages(string name) => IsHugePages(name) || name.StartsWith("requests.hugepages-", StringComparison.Ordinal);
}
