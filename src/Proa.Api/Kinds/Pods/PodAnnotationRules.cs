using System.Globalization;
using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>The annotations of pods that have a meaning.</summary>
internal static class PodAnnotationRules
{
    private const string Mirror = "kubernetes.io/config.mirror";
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";
    private const string AppArmor = "container.apparmor.security.beta.kubernetes.io/";
    private const string SeccompPod = "seccomp.security.alpha.kubernetes.io/pod";
    private const string SeccompContainer = "container.seccomp.security.alpha.kubernetes.io/";

    public static void Check(JsonObject? annotations, JsonObject spec, string at, FieldErrors errors)
    {
        if (annotations is null)
        {
            return;
        }
        foreach (var (key, json) in annotations)
        {
            var value = (json as JsonString)?.Value ?? "";
            if (key == Mirror && spec.Text("nodeName").Length == 0)
            {
                errors.Invalid($"{at}[{key}]", value, "must set spec.nodeName if mirror pod annotation is set");
            }
            else if (key == DeletionCost && !IsCost(value))
            {
                errors.Invalid($"{at}[{key}]", value, "must be a 32bit integer");
            }
            else if (key == SeccompPod || key.StartsWith(SeccompContainer, StringComparison.Ordinal))
            {
                Seccomp(value, $"{at}.{key}", errors);
            }
            else if (key.StartsWith(AppArmor, StringComparison.Ordinal))
            {
                AppArmorProfile(key, value, spec, at, errors);
            }
        }
    }

    public static void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var (now, before) = (obj.Sub("metadata", "annotations"), old.Sub("metadata", "annotations"));
        foreach (var (key, value) in before)
        {
            if (now[key]?.DeepEquals(value) == true)
            {
                continue;
            }
            if (key.StartsWith(AppArmor, StringComparison.Ordinal))
            {
                errors.Forbidden($"metadata.annotations[{key}]", "may not remove or update AppArmor annotations");
            }
            if (key == Mirror)
            {
                errors.Forbidden($"metadata.annotations[{key}]", "may not remove or update mirror pod annotation");
            }
        }
        foreach (var key in now.Keys)
        {
            if (before.ContainsKey(key))
            {
                continue;
            }
            if (key.StartsWith(AppArmor, StringComparison.Ordinal))
            {
                errors.Forbidden($"metadata.annotations[{key}]", "may not add AppArmor annotations");
            }
            if (key == Mirror)
            {
                errors.Forbidden($"metadata.annotations[{key}]", "may not add mirror pod annotation");
            }
        }
    }

    /// <summary>A number without a plus and without leading zeros.</summary>
    private static bool IsCost(string value) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) && !value.StartsWith('+')
        && (value == "0" || value[0] != '0');

    private static void Seccomp(string profile, string field, FieldErrors errors)
    {
        if (profile.StartsWith("localhost/", StringComparison.Ordinal))
        {
            MountRules.DescendingPath(profile["localhost/".Length..], field, errors);
        }
        else if (profile is not ("runtime/default" or "docker/default" or "unconfined"))
        {
            errors.Invalid(field, profile, "must be a valid seccomp profile");
        }
    }

    private static void AppArmorProfile(string key, string profile, JsonObject spec, string at, FieldErrors errors)
    {
        var name = key[AppArmor.Length..];
        if (!PodSpecRules.AllContainers(spec, "").Any(container => container.Container.Text("name") == name))
        {
            errors.Invalid($"{at}[{key}]", name, "container not found");
        }
        if (profile is not ("" or "runtime/default" or "unconfined") && !profile.StartsWith("localhost/", StringComparison.Ordinal))
        {
            errors.Invalid($"{at}[{key}]", profile, $"invalid AppArmor profile name: \"{profile}\"");
        }
    }
}
