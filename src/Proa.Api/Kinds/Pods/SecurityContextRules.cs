using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
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
        if (spec.Bool("shareProcessNamespace") == true && spec.Bool("hostPID") == true)
        {
            errors.Invalid($"{at}.shareProcessNamespace", JsonBool.True, "ShareProcessNamespace and HostPID cannot both be enabled");
        }
        SysctlRules.Check(spec, context, $"{at}.sysctls", errors);
        Choice(context, "fsGroupChangePolicy", at, errors, "Always", "OnRootMismatch");
        Seccomp(context.Object("seccompProfile"), $"{at}.seccompProfile", errors);
        WindowsOptionRules.Check(context.Object("windowsOptions"), $"{at}.windowsOptions", errors);
        AppArmor(context.Object("appArmorProfile"), $"{at}.appArmorProfile", errors);
        Choice(context, "supplementalGroupsPolicy", at, errors, "Merge", "Strict");
        // MountOption is of a feature that is switched off.
        Choice(context, "seLinuxChangePolicy", at, errors, "Recursive");
    }

    public static void CheckContainer(JsonObject? context, string at, FieldErrors errors, bool onHostUsers)
    {
        if (context is null)
        {
            return;
        }
        Id(context["runAsUser"], $"{at}.runAsUser", errors);
        Id(context["runAsGroup"], $"{at}.runAsGroup", errors);
        Choice(context, "procMount", at, errors, "Default", "Unmasked");
        if (onHostUsers && context.Text("procMount") == "Unmasked")
        {
            errors.Invalid($"{at}.procMount", "Unmasked", "`hostUsers` must be false to use `Unmasked`");
        }
        Seccomp(context.Object("seccompProfile"), $"{at}.seccompProfile", errors);
        if (context.Bool("allowPrivilegeEscalation") == false)
        {
            if (context.Bool("privileged") == true)
            {
                errors.Invalid(at, InternalForms.Of("SecurityContext", context), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
            }
            foreach (var capability in context.Object("capabilities")?.Array("add") ?? [])
            {
                if (capability is JsonString { Value: "CAP_SYS_ADMIN" })
                {
                    errors.Invalid(at, InternalForms.Of("SecurityContext", context), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
                }
            }
        }
        WindowsOptionRules.Check(context.Object("windowsOptions"), $"{at}.windowsOptions", errors);
        AppArmor(context.Object("appArmorProfile"), $"{at}.appArmorProfile", errors);
    }

    private static void Choice(JsonObject context, string name, string at, FieldErrors errors, params ReadOnlySpan<string> supported)
    {
        if (context.String(name) is { } value && !supported.Contains(value))
        {
            errors.NotSupported($"{at}.{name}", value, supported);
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
        var type = profile.Text("type");
        if (type.Length == 0)
        {
            errors.Required($"{at}.type", "type is required when seccompProfile is set");
        }
        else if (type is not ("Localhost" or "RuntimeDefault" or "Unconfined"))
        {
            errors.NotSupported($"{at}.type", type, "Localhost", "RuntimeDefault", "Unconfined");
        }
        var local = profile.String("localhostProfile");
        if (type != "Localhost")
        {
            if (local is not null)
            {
                errors.Invalid($"{at}.localhostProfile", InternalForms.Of("SeccompProfile", profile), "can only be set when seccomp type is Localhost");
            }
        }
        else if (local is null)
        {
            errors.Required($"{at}.localhostProfile", "must be set when seccomp type is Localhost");
        }
        else
        {
            MountRules.DescendingPath(local, $"{at}.localhostProfile", errors);
        }
    }

    private static void AppArmor(JsonObject? profile, string at, FieldErrors errors)
    {
        const string Missing = "must be set when AppArmor type is Localhost";
        if (profile is null)
        {
            return;
        }
        var field = $"{at}.localhostProfile";
        var local = profile.String("localhostProfile");
        switch (profile.Text("type"))
        {
            case "":
                errors.Required($"{at}.type", "type is required when appArmorProfile is set");
                break;
            case "Localhost" when string.IsNullOrEmpty(local):
                errors.Required(field, Missing);
                break;
            case "Localhost":
                if (local!.Trim() != local)
                {
                    errors.Invalid(field, local, "must not be padded with whitespace");
                }
                if (local.Length > 4095)
                {
                    errors.Add(FieldError.TooLong(field, 4095));
                }
                break;
            case "RuntimeDefault" or "Unconfined":
                if (local is not null)
                {
                    errors.Invalid(field, local, "can only be set when seccomp type is Localhost");
                }
                break;
            case var type:
                errors.NotSupported($"{at}.type", type, "Localhost", "RuntimeDefault", "Unconfined");
                break;
        }
    }
}
