using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Devices;

/// <summary>Conditions that a device must have, or must not have, before a pod is bound to its node.</summary>
internal static class BindingConditions
{
    private const int Most = 4;

    public static void Check(JsonObject device, string at, FieldErrors errors)
    {
        var (wanted, failing) = (DeviceLists.Texts(device, "bindingConditions"), DeviceLists.Texts(device, "bindingFailureConditions"));
        foreach (var name in (ReadOnlySpan<string>)["bindingConditions", "bindingFailureConditions"])
        {
            DeviceLists.EachText(device, name, $"{at}.{name}", Most, errors, static (text, here, found) => found.Invalid(here, text, Names.QualifiedName(text)), unique: false);
        }
        for (var i = 0; i < wanted.Count; i++)
        {
            if (wanted.IndexOf(wanted[i]) < i)
            {
                errors.Duplicate($"{at}.bindingConditions[{i}]", wanted[i]);
            }
        }
        for (var i = 0; i < failing.Count; i++)
        {
            if (failing.IndexOf(failing[i]) < i)
            {
                errors.Duplicate($"{at}.bindingFailureConditions[{i}]", failing[i]);
            }
            if (wanted.Contains(failing[i]))
            {
                errors.Invalid($"{at}.bindingFailureConditions[{i}]", failing[i], "bindingFailureConditions must not overlap with bindingConditions");
            }
        }
        if (wanted.Count == 0 && failing.Count > 0)
        {
            errors.Invalid($"{at}.bindingConditions", device["bindingConditions"], "bindingConditions are required to use bindingFailureConditions");
        }
        if (failing.Count == 0 && wanted.Count > 0)
        {
            errors.Invalid($"{at}.bindingFailureConditions", device["bindingFailureConditions"], "bindingFailureConditions are required to use bindingConditions");
        }
    }
}
