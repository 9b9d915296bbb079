using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a pod may not say on the operating system that it names.</summary>
internal static class PodOsRules
{
    private const string NotWindows = "cannot be set for a windows pod";

    private static readonly string[] s_podContext =
    [
        "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser", "runAsGroup", "supplementalGroups",
        "supplementalGroupsPolicy", "seLinuxChangePolicy",
    ];

    private static readonly string[] s_containerContext =
    [
        "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged", "allowPrivilegeEscalation", "procMount",
        "runAsUser", "runAsGroup",
    ];

    public static void Check(JsonObject spec, string path, FieldErrors errors)
    {
        if (spec.Object("os") is not { } os)
        {
            return;
        }
        switch (os.Text("name"))
        {
            case "":
                errors.Required($"{path}.os.name");
                break;
            case "linux":
                Linux(spec, path, errors);
                break;
            case "windows":
                Windows(spec, path, errors);
                break;
            case var other:
                errors.NotSupported($"{path}.os", other, "linux", "windows");
                break;
        }
    }

    private static void Linux(JsonObject spec, string path, FieldErrors errors)
    {
        const string NotLinux = "windows options cannot be set for a linux pod";
        if (spec.Sub("securityContext").ContainsKey("windowsOptions"))
        {
            errors.Forbidden($"{path}.securityContext.windowsOptions", NotLinux);
        }
        foreach (var (container, at) in PodSpecRules.AllContainers(spec, path))
        {
            if (container.Sub("securityContext").ContainsKey("windowsOptions"))
            {
                errors.Forbidden($"{at}.securityContext.windowsOptions", NotLinux);
            }
        }
    }

    private static void Windows(JsonObject spec, string path, FieldErrors errors)
    {
        Set(spec.Sub("securityContext"), $"{path}.securityContext", s_podContext, errors);
        foreach (var name in (ReadOnlySpan<string>)["hostUsers", "shareProcessNamespace"])
        {
            if (spec.ContainsKey(name))
            {
                errors.Forbidden($"{path}.{name}", NotWindows);
            }
        }
        foreach (var name in (ReadOnlySpan<string>)["hostPID", "hostIPC"])
        {
            if (spec.Bool(name) == true)
            {
                errors.Forbidden($"{path}.{name}", NotWindows);
            }
        }
        foreach (var (container, at) in PodSpecRules.AllContainers(spec, path))
        {
            Set(container.Sub("securityContext"), $"{at}.securityContext", s_containerContext, errors);
        }
    }

    private static void Set(JsonObject context, string at, string[] names, FieldErrors errors)
    {
        foreach (var name in names)
        {
            if (context.ContainsKey(name))
            {
                errors.Forbidden($"{at}.{name}", NotWindows);
            }
        }
    }
}
