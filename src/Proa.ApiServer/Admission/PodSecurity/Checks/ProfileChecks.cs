using Proa.Api.Json;

namespace Proa.ApiServer.Admission.PodSecurity.Checks;

/// <summary>AppArmor profiles other than the runtime's own.</summary>
internal static class ProfileChecks
{
    private const string AnnotationPrefix = "container.apparmor.security.beta.kubernetes.io/";

    public static Finding? AppArmor(PodUnderCheck pod)
    {
        var values = Wording.Set();
        var setters = new List<string>();
        if (Forbidden(pod.Security) is { } whole)
        {
            setters.Add("pod");
            values.Add(whole);
        }
        var containers = new List<string>();
        foreach (var container in pod.Containers)
        {
            if (Forbidden(PodUnderCheck.SecurityOf(container)) is { } type)
            {
                containers.Add(PodUnderCheck.Name(container));
                values.Add(type);
            }
        }
        if (containers.Count > 0)
        {
            setters.Add(Wording.Containers(containers));
        }
        var annotations = new List<string>();
        foreach (var (key, value) in pod.Annotations)
        {
            if (key.StartsWith(AnnotationPrefix, StringComparison.Ordinal) && value is JsonString { Value: { Length: > 0 } profile }
                && profile != "runtime/default" && !profile.StartsWith("localhost/", StringComparison.Ordinal))
            {
                annotations.Add(Wording.Annotation(key, profile));
            }
        }
        List<string> all = [.. values];
        if (annotations.Count > 0)
        {
            annotations.Sort(StringComparer.Ordinal);
            all.AddRange(annotations);
            setters.Add(Wording.Plural("annotation", annotations.Count));
        }
        return setters.Count == 0
            ? null
            : new(Wording.Plural("forbidden AppArmor profile", all.Count), $"{string.Join(" and ", setters)} must not set AppArmor profile type to {Wording.Quoted(all)}");
    }

    private static string? Forbidden(JsonObject? security) =>
        security?.Object("appArmorProfile") is { } profile && profile.String("type") is not ("RuntimeDefault" or "Localhost") ? profile.String("type") ?? "" : null;
}
