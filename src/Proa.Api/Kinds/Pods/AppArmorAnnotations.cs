using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>The annotations by which containers named their AppArmor profile before there was a field.</summary>
internal static class AppArmorAnnotations
{
    public const string Prefix = "container.apparmor.security.beta.kubernetes.io/";
    private const string Localhost = "localhost/";
    private const int MaxName = 4095;

    /// <summary>What the field would be; null: the annotation means nothing.</summary>
    public static JsonObject? Profile(string annotation)
    {
        if (annotation.StartsWith(Localhost, StringComparison.Ordinal) && annotation.Length > Localhost.Length)
        {
            return new JsonObject { ["type"] = "Localhost", ["localhostProfile"] = annotation[Localhost.Length..] };
        }
        return annotation switch
        {
            "unconfined" => new JsonObject { ["type"] = "Unconfined" },
            "runtime/default" => new JsonObject { ["type"] = "RuntimeDefault" },
            _ => null,
        };
    }

    /// <summary>Sets the fields of containers that have only the annotation, where the pod's own profile is another.</summary>
    public static void ToFields(JsonObject pod)
    {
        var annotations = pod.Sub("metadata", "annotations");
        var spec = pod.Sub("spec");
        if (annotations.Count == 0 || spec.Sub("os").Text("name") == "windows")
        {
            return;
        }
        var ofPod = spec.Sub("securityContext").Object("appArmorProfile");
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers", "ephemeralContainers"])
        {
            foreach (var container in spec.Objects(list))
            {
                if (container.Sub("securityContext").Object("appArmorProfile") is null
                    && annotations.String(Prefix + container.Text("name")) is { } annotation
                    && Profile(annotation) is { } profile && IsSound(profile) && ofPod?.DeepEquals(profile) != true)
                {
                    container.EnsureObject("securityContext")["appArmorProfile"] = profile;
                }
            }
        }
    }

    private static bool IsSound(JsonObject profile) =>
        profile.String("localhostProfile") is not { } name || (name.Trim() == name && name.Length is > 0 and <= MaxName);
}
