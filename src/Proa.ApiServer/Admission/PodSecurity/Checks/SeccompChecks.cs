using Proa.Api.Json;

namespace Proa.ApiServer.Admission.PodSecurity.Checks;

/// <summary>System call filters.</summary>
internal static class SeccompChecks
{
    private const string PodAnnotation = "seccomp.security.alpha.kubernetes.io/pod";
    private const string ContainerAnnotation = "container.seccomp.security.alpha.kubernetes.io/";

    public static Finding? Annotations(PodUnderCheck pod)
    {
        var forbidden = Wording.Set();
        Add(PodAnnotation);
        foreach (var container in pod.Containers)
        {
            Add(ContainerAnnotation + PodUnderCheck.Name(container));
        }
        return forbidden.Count == 0
            ? null
            : new("seccompProfile", $"forbidden {Wording.Plural("annotation", forbidden.Count)} {string.Join(", ", forbidden)}");

        void Add(string key)
        {
            if (pod.Annotations.String(key) is { } value and not ("runtime/default" or "docker/default") && !value.StartsWith("localhost/", StringComparison.Ordinal))
            {
                forbidden.Add(Wording.Annotation(key, value));
            }
        }
    }

    public static Finding? Baseline(PodUnderCheck pod)
    {
        var types = Wording.Set();
        var whole = Bad(pod.Security, types);
        List<string> containers = [.. pod.Containers.Where(container => Bad(PodUnderCheck.SecurityOf(container), types)).Select(PodUnderCheck.Name)];
        return whole || containers.Count > 0
            ? new("seccompProfile", $"{Wording.Setters(whole, containers)} must not set securityContext.seccompProfile.type to {Wording.Quoted(types)}")
            : null;
    }

    public static Finding? Restricted(PodUnderCheck pod)
    {
        if (Baseline(pod) is { } bad)
        {
            return bad;
        }
        List<string> silent = pod.Security?.Object("seccompProfile") is not null
            ? []
            : [.. pod.Containers.Where(static container => PodUnderCheck.SecurityOf(container)?.Object("seccompProfile") is null).Select(PodUnderCheck.Name)];
        return silent.Count == 0
            ? null
            : new("seccompProfile", $"pod or {Wording.Containers(silent)} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"");
    }

    public static Finding? RestrictedUnlessWindows(PodUnderCheck pod) => pod.IsWindows ? null : Restricted(pod);

    private static bool Bad(JsonObject? security, SortedSet<string> types)
    {
        if (security?.Object("seccompProfile") is not { } profile || profile.String("type") is "RuntimeDefault" or "Localhost")
        {
            return false;
        }
        types.Add(profile.String("type") ?? "");
        return true;
    }
}
