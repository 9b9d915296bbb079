using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a pod may not say on the operating system that it names.</summary>
internal static class PodOsRules
{
    private const string NotWindows = "cannot be set for a windows pod";

    // A dot before what the spec itself holds.
    private static readonly string[] s_podContext =
    [
        "appArmorProfile", "seLinuxOptions", ".hostUsers", ".hostPID", ".hostIPC", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls",
        ".shareProcessNamespace", "runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy",
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
        var context = spec.Sub("securityContext");
        foreach (var name in s_podContext)
        {
            if (name[0] != '.' && context.ContainsKey(name))
            {
                errors.Forbidden($"{path}.securityContext.{name}", NotWindows);
            }
            // What is off by default counts only when on.
            else if (name[0] == '.' && (name is ".hostPID" or ".hostIPC" ? spec.Bool(name[1..]) == true : spec.ContainsKey(name[1..])))
            {
                errors.Forbidden(path + name, NotWindows);
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
