using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What security contexts must be like.</summary>
internal static class SecurityContextRules
{
    public static void CheckPod(JsonObject spec, string path, FieldErrors errors)
    {
        if (spec.Object("securityContext") is not { } context)
        {
            return;
        }
        var at = $"{path}.securityContext";
        Id(context["fsGroup"], $"{at}.fsGroup", errors);
        Id(context["runAsUser"], $"{at}.runAsUser", errors);
        Id(context["runAsGroup"], $"{at}.runAsGroup", errors);
        var i = 0;
        foreach (var group in context.Array("supplementalGroups") ?? [])
        {
            Id(group, $"{at}.supplementalGroups[{i++}]", errors);
        }
        if (context.Text("fsGroupChangePolicy") is { Length: > 0 } change and not ("Always" or "OnRootMismatch"))
        {
            errors.NotSupported($"{at}.fsGroupChangePolicy", change, "Always", "OnRootMismatch");
        }
        Seccomp(context.Object("seccompProfile"), $"{at}.seccompProfile", errors);
        if (spec.Bool("shareProcessNamespace") == true && spec.Bool("hostPID") == true)
        {
            errors.Invalid($"{path}.shareProcessNamespace", true, "ShareProcessNamespace and HostPID cannot both be enabled");
        }
    }

    public static void CheckContainer(JsonObject? context, string at, FieldErrors errors)
    {
        if (context is null)
        {
            return;
        }
        Id(context["runAsUser"], $"{at}.runAsUser", errors);
        Id(context["runAsGroup"], $"{at}.runAsGroup", errors);
        if (context.Text("procMount") is { Length: > 0 } mount and not ("Default" or "Unmasked"))
        {
            errors.NotSupported($"{at}.procMount", mount, "Default", "Unmasked");
        }
        Seccomp(context.Object("seccompProfile"), $"{at}.seccompProfile", errors);
        if (context.Bool("allowPrivilegeEscalation") == false)
        {
            if (context.Bool("privileged") == true)
            {
                errors.Invalid(at, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
            }
            if (context.Object("capabilities")?.Array("add")?.Any(c => c is JsonString { Value: "CAP_SYS_ADMIN" }) == true)
            {
                errors.Invalid(at, context, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
            }
        }
    }

    private static void Id(JsonValue? id, string field, FieldErrors errors)
    {
        if (id is JsonNumber number && number.TryGetInt64(out var value) && value is < 0 or > int.MaxValue)
        {
            errors.Invalid(field, id, Names.InRange(0, int.MaxValue));
        }
    }

    private static void Seccomp(JsonObject? profile, string at, FieldErrors errors)
    {
        if (profile is null)
        {
            return;
        }
        switch (profile.Text("type"))
        {
            case "":
                errors.Required($"{at}.type", "type is required when seccompProfile is set");
                break;
            case "Localhost":
                if (profile.Text("localhostProfile").Length == 0)
                {
                    errors.Required($"{at}.localhostProfile", "must be set when seccomp type is Localhost");
                }
                break;
            case "RuntimeDefault" or "Unconfined":
                if (profile.ContainsKey("localhostProfile"))
                {
                    errors.Invalid($"{at}.localhostProfile", profile["localhostProfile"], "can only be set when seccomp type is Localhost");
                }
                break;
            case var type:
                errors.NotSupported($"{at}.type", type, "Localhost", "RuntimeDefault", "Unconfined");
                break;
        }
    }
}
