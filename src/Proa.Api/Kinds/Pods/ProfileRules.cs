using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>Security profiles may be named by an annotation and by a field; then both must name the same.</summary>
internal static class ProfileRules
{
    private const string SeccompPod = "seccomp.security.alpha.kubernetes.io/pod";
    private const string SeccompContainer = "container.seccomp.security.alpha.kubernetes.io/";

    public static void Check(JsonObject? annotations, JsonObject spec, string path, FieldErrors errors)
    {
        if (annotations is not { Count: > 0 })
        {
            return;
        }
        var ofPod = spec.Sub("securityContext");
        Match("seccomp", annotations.String(SeccompPod), ofPod.Object("seccompProfile"), $"{path}.securityContext.seccompProfile", errors);
        foreach (var (container, at) in PodSpecRules.AllContainers(spec, path))
        {
            Match("seccomp", annotations.String(SeccompContainer + container.Text("name")), container.Sub("securityContext").Object("seccompProfile"),
                $"{at}.securityContext.seccompProfile", errors);
        }
        if (spec.Sub("os").Text("name") == "windows")
        {
            return;
        }
        foreach (var (container, at) in PodSpecRules.AllContainers(spec, path))
        {
            Match("apparmor", annotations.String(AppArmorAnnotations.Prefix + container.Text("name")),
                container.Sub("securityContext").Object("appArmorProfile") ?? ofPod.Object("appArmorProfile"), $"{at}.securityContext.appArmorProfile", errors);
        }
    }

    private static void Match(string kind, string? annotation, JsonObject? profile, string at, FieldErrors errors)
    {
        const string Local = "localhost/";
        if (annotation is null || profile is null)
        {
            return;
        }
        var type = profile.Text("type");
        var same = type switch
        {
            "Unconfined" => annotation == "unconfined",
            "RuntimeDefault" => annotation == "runtime/default" || (kind == "seccomp" && annotation == "docker/default"),
            "Localhost" => annotation.StartsWith(Local, StringComparison.Ordinal),
            _ => true,
        };
        if (!same)
        {
            errors.Forbidden($"{at}.type", $"{kind} type in annotation and field must match");
        }
        else if (type == "Localhost" && profile.String("localhostProfile") != annotation[Local.Length..])
        {
            errors.Forbidden($"{at}.localhostProfile", $"{kind} profile in annotation and field must match");
        }
    }
}
