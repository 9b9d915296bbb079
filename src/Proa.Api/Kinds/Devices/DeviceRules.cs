using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Devices;

/// <summary>The rules of one device that a driver offers.</summary>
internal static class DeviceRules
{
    private const int MostAttributesAndCapacities = 32;
    private const int MostAttributeValues = 48;
    private const int MaxKey = 63 + 1 + 32;
    private const int MaxValue = 64;
    private const int MostTaints = 16;
    private const int MostConsumptions = 2;
    private const int MostCounters = 32;
    private const string OneOf =
        "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";

    public static void Check(JsonObject device, JsonObject? old, string at, bool perDevice, FieldErrors errors)
    {
        DeviceNames.Label(device.Text("name"), $"{at}.name", errors);
        var (attributes, capacities) = (device.Sub("attributes"), device.Sub("capacity"));
        if (attributes.Count + capacities.Count > MostAttributesAndCapacities)
        {
            errors.Invalid(at, attributes.Count + capacities.Count, $"the total number of attributes and capacities must not exceed {MostAttributesAndCapacities}");
        }
        if (attributes.Count > MostAttributeValues)
        {
            errors.Invalid(at, attributes.Count, $"the total number of attribute values must not exceed {MostAttributeValues}");
        }
        foreach (var (key, value) in attributes)
        {
            DeviceNames.Qualified(key, $"{at}.attributes", errors);
            Attribute(value as JsonObject ?? [], $"{at}.attributes[{Shortened(key)}]", errors);
        }
        foreach (var (key, value) in capacities)
        {
            DeviceNames.Qualified(key, $"{at}.capacity", errors);
            DeviceCapacities.Check(value as JsonObject ?? [], $"{at}.capacity[{Shortened(key)}]", device.Bool("allowMultipleAllocations") == true, errors);
        }
        if (old is null || !FieldErrors.Same(old["taints"], device["taints"]))
        {
            DeviceLists.Each(device, "taints", $"{at}.taints", MostTaints, errors, Taint);
        }
        DeviceLists.Each(device, "consumesCounters", $"{at}.consumesCounters", MostConsumptions, errors,
            static (consumption, here, found) => Counters(consumption, "counterSet", here, found), static consumption => consumption.Text("counterSet"));
        if (perDevice)
        {
            Nodes(device, at, errors);
        }
        else if (device.ContainsKey("nodeName") || device.ContainsKey("nodeSelector") || device.ContainsKey("allNodes"))
        {
            errors.Invalid(at, JsonNull.Instance, "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec");
        }
        BindingConditions.Check(device, at, errors);
    }

    /// <summary>A set of counters, or what is consumed of one.</summary>
    public static void Counters(JsonObject set, string nameField, string at, FieldErrors errors)
    {
        var name = set.Text(nameField);
        if (name.Length == 0)
        {
            errors.Required($"{at}.{nameField}");
        }
        else
        {
            DeviceNames.Label(name, $"{at}.{nameField}", errors);
        }
        var counters = set.Sub("counters");
        if (counters.Count == 0)
        {
            errors.Required($"{at}.counters");
        }
        else if (counters.Count > MostCounters)
        {
            errors.Add(FieldError.TooMany($"{at}.counters", counters.Count, MostCounters));
        }
        else
        {
            foreach (var (key, _) in counters)
            {
                DeviceNames.Label(key, $"{at}.counters", errors);
            }
        }
    }

    private static void Taint(JsonObject taint, string at, FieldErrors errors)
    {
        errors.Invalid($"{at}.key", taint.Text("key"), Names.QualifiedName(taint.Text("key")));
        if (taint.Text("value") is { Length: > 0 } value)
        {
            errors.Invalid($"{at}.value", value, Names.LabelValue(value));
        }
        errors.OneOf($"{at}.effect", taint.Text("effect"), "NoExecute", "NoSchedule", "None");
    }

    private static void Attribute(JsonObject attribute, string at, FieldErrors errors)
    {
        if (attribute.String("string") is { Length: > MaxValue })
        {
            errors.Add(FieldError.TooLong($"{at}.string", MaxValue));
        }
        if (attribute.String("version") is { } version)
        {
            if (!SemanticVersions.Fits(version))
            {
                errors.Invalid($"{at}.version", version, "must be a string compatible with semver.org spec 2.0.0");
            }
            if (version.Length > MaxValue)
            {
                errors.Add(FieldError.TooLong($"{at}.version", MaxValue));
            }
        }
        var set = 0;
        foreach (var name in (ReadOnlySpan<string>)["bool", "int", "string", "version"])
        {
            set += attribute.ContainsKey(name) ? 1 : 0;
        }
        if (set != 1)
        {
            errors.Invalid(at, set == 0 ? "" : InternalForms.Of("DeviceAttribute", attribute), "exactly one value must be specified");
        }
    }

    private static void Nodes(JsonObject device, string at, FieldErrors errors)
    {
        var set = new List<string>();
        if (device.String("nodeName") is { } node)
        {
            if (node.Length == 0)
            {
                errors.Invalid($"{at}.nodeName", node, "must not be empty");
            }
            else
            {
                set.Add("`nodeName`");
                DeviceNames.Node(node, $"{at}.nodeName", errors);
            }
        }
        if (device.Object("nodeSelector") is { } selector)
        {
            set.Add("`nodeSelector`");
            AffinityRules.NodeSelector(selector, $"{at}.nodeSelector", errors);
        }
        if (device.Bool("allNodes") is { } all)
        {
            if (all)
            {
                set.Add("`allNodes`");
            }
            else
            {
                errors.Invalid($"{at}.allNodes", JsonBool.False, "must be either unset or set to true");
            }
        }
        if (set.Count == 0)
        {
            errors.Required(at, OneOf);
        }
        else if (set.Count > 1)
        {
            errors.Invalid(at, $"{{{string.Join(", ", set)}}}", OneOf);
        }
    }

    /// <summary>A key as paths show it: a long one without its middle.</summary>
    private static string Shortened(string key) =>
        key.Length <= MaxKey ? key : key[..((MaxKey - 3 + 1) / 2)] + "..." + key[^((MaxKey - 3) / 2)..];
}
