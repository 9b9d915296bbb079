using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>What a claim's spec must be like, of a claim itself or of a template for claims.</summary>
internal static class PersistentVolumeClaimRules
{
    private static readonly string[] s_modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

    private static readonly string[] s_notInTemplates =
    [
        "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields",
    ];

    public static void CheckTemplate(JsonObject template, string at, FieldErrors errors)
    {
        CheckTemplateMetadata(template.Sub("metadata"), at, errors);
        CheckSpec(template.Sub("spec"), $"{at}.spec", errors);
    }

    /// <summary>Of what is made from a template only labels and annotations are the template's.</summary>
    public static void CheckTemplateMetadata(JsonObject metadata, string at, FieldErrors errors)
    {
        ObjectMetaRules.Annotations(metadata.Object("annotations"), $"{at}.metadata.annotations", errors);
        ObjectMetaRules.Labels(metadata.Object("labels"), $"{at}.metadata.labels", errors);
        foreach (var name in s_notInTemplates)
        {
            if (metadata.Given(name) is not (null or JsonNull or JsonString { Value.Length: 0 }) && !(name == "generation" && metadata.Int(name) == 0))
            {
                errors.Forbidden($"{at}.metadata.{(name == "uid" ? "uID" : name)}", "cannot be set");
            }
        }
    }

    public static void CheckSpec(JsonObject spec, string at, FieldErrors errors)
    {
        AccessModes(spec, at, "at least 1 access mode is required", errors);
        LabelSelectorRules.Check(spec.Object("selector"), $"{at}.selector", errors);
        var size = spec.Sub("resources", "requests")["storage"];
        if (size is not JsonString text || !Quantity.TryParse(text.Value, out var quantity))
        {
            errors.Required($"{at}.resources[storage]");
        }
        else if (quantity.Sign <= 0)
        {
            errors.Invalid($"{at}.resources[storage]", size, "must be greater than zero");
        }
        Name(spec, "storageClassName", at, errors);
        if (spec.String("volumeMode") is { } mode and not ("Block" or "Filesystem"))
        {
            errors.NotSupported($"{at}.volumeMode", mode, "Block", "Filesystem");
        }
        Sources(spec, at, errors);
        Name(spec, "volumeAttributesClassName", at, errors);
    }

    /// <param name="missing">What is said when there are none.</param>
    public static void AccessModes(JsonObject spec, string at, string missing, FieldErrors errors)
    {
        var modes = spec.Array("accessModes") ?? [];
        if (modes.Count == 0)
        {
            errors.Required($"{at}.accessModes", missing);
        }
        var known = 0;
        var alone = false;
        foreach (var mode in modes)
        {
            if (!s_modes.Contains((mode as JsonString)?.Value))
            {
                errors.NotSupported($"{at}.accessModes", mode, s_modes);
                continue;
            }
            if (mode is JsonString { Value: "ReadWriteOncePod" })
            {
                alone = true;
            }
            else
            {
                known++;
            }
        }
        if (alone && known > 0)
        {
            errors.Forbidden($"{at}.accessModes", "may not use ReadWriteOncePod with other access modes");
        }
    }

    private static void Sources(JsonObject spec, string at, FieldErrors errors)
    {
        var (source, reference) = (spec.Object("dataSource"), spec.Object("dataSourceRef"));
        Source(source, $"{at}.dataSource", errors);
        Source(reference, $"{at}.dataSourceRef", errors);
        if (reference?.Text("namespace") is { Length: > 0 } ns)
        {
            errors.Invalid($"{at}.dataSourceRef.namespace", ns, Names.DnsLabel(ns));
            if (source is not null)
            {
                errors.Invalid(at, new JsonObject(), "may not be specified when dataSourceRef.namespace is specified");
            }
        }
        else if (source is not null && reference is not null && (source.Text("apiGroup") != reference.Text("apiGroup")
            || source.Text("kind") != reference.Text("kind") || source.Text("name") != reference.Text("name")))
        {
            errors.Invalid(at, new JsonObject(), "must match dataSourceRef");
        }
    }

    private static void Source(JsonObject? source, string at, FieldErrors errors)
    {
        if (source is null)
        {
            return;
        }
        foreach (var name in (ReadOnlySpan<string>)["name", "kind"])
        {
            if (source.Text(name).Length == 0)
            {
                errors.Required($"{at}.{name}");
            }
        }
        var group = source.Text("apiGroup");
        if (group.Length == 0 && source.Text("kind") != "PersistentVolumeClaim")
        {
            errors.Invalid(at, source.Text("kind"), "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
        }
        if (group.Length > 0)
        {
            errors.Invalid($"{at}.apiGroup", group, Names.DnsSubdomain(group));
        }
    }

    private static void Name(JsonObject spec, string name, string at, FieldErrors errors)
    {
        if (spec.Text(name) is { Length: > 0 } value)
        {
            errors.Invalid($"{at}.{name}", value, Names.DnsSubdomain(value));
        }
    }
}
