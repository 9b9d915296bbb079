using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Schema.Expressions;
using Proa.ApiServer.Objects;

namespace Proa.ApiServer.CustomResources;

/// <summary>What is particular to CustomResourceDefinitions.</summary>
internal sealed class CustomResourceDefinitionStrategy() : KindStrategy(
    new GroupVersionKind("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
    new KindTraits(Namespaced: false, HasStatus: true, CountsGeneration: true))
{
    public const string Collection = "customresourcedefinitions.apiextensions.k8s.io";

    /// <summary>Holds a deleted definition until its instances are gone.</summary>
    public const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    public override bool AllowsUnconditionalUpdate => false;

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        var conversion = spec.EnsureObject("conversion");
        conversion["strategy"] ??= "None";
        if (conversion.Object("webhook")?.Object("clientConfig")?.Object("service") is { } service)
        {
            service["port"] ??= 443;
        }
        var names = spec.EnsureObject("names");
        var kind = names.String("kind") ?? "";
        if (names.String("singular") is null or "" && kind.Length > 0)
        {
            names["singular"] = kind.ToLowerInvariant();
        }
        if (names.String("listKind") is null or "" && kind.Length > 0)
        {
            names["listKind"] = kind + "List";
        }
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        KeepStoredVersion(obj);
    }

    /// <summary>Marks a definition as going, with what holds it and says so.</summary>
    public static void MarkDeleted(JsonObject obj, DateTimeOffset now)
    {
        var metadata = Metadata.Of(obj);
        if (Metadata.IsDeleting(obj))
        {
            return;
        }
        metadata["deletionTimestamp"] = Metadata.Time(now);
        var finalizers = metadata.Array("finalizers") ?? [];
        if (!finalizers.Any(static item => item is JsonString { Value: Finalizer }))
        {
            finalizers.Add(Finalizer);
        }
        metadata["finalizers"] = finalizers;
        DefinitionStatus.SetCondition(obj, "Terminating", true, "InstanceDeletionPending",
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", now);
    }

    protected override void ResetStatus(JsonObject obj)
    {
        obj["status"] = new JsonObject
        {
            ["acceptedNames"] = new JsonObject { ["plural"] = "", ["kind"] = "" },
        };
        KeepStoredVersion(obj);
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Object("spec") ?? [];
        var names = spec.Object("names") ?? [];
        var expected = $"{names.String("plural")}.{spec.String("group")}";
        if (Metadata.Name(obj) != expected)
        {
            errors.Invalid("metadata.name", Metadata.Name(obj), "must be spec.names.plural+\".\"+spec.group");
        }
        foreach (var field in (ReadOnlySpan<string>)["plural", "kind"])
        {
            if (names.String(field) is null or "")
            {
                errors.Required("spec.names." + field);
            }
        }
        if (spec.String("group") is null or "")
        {
            errors.Required("spec.group");
        }
        errors.OneOf("spec.scope", spec.String("scope"), "Cluster", "Namespaced");
        ConversionRules.Check(spec.Object("conversion"), errors);
        if (StorageVersion(obj) is null)
        {
            errors.Invalid("spec.versions", Shown(spec.Array("versions")), "must have exactly one version marked as storage version");
            errors.Invalid("status.storedVersions", JsonNull.Instance, "must have at least one stored version");
        }
        CheckSchemas(spec.Array("versions") ?? [], errors);
    }

    /// <summary>The original keeps one schema where all versions have the same, and names it so.</summary>
    private static void CheckSchemas(JsonArray versions, FieldErrors errors)
    {
        var shared = versions.Count > 0 && versions.All(item => FieldErrors.Same((item as JsonObject)?["schema"], (versions[0] as JsonObject)?["schema"]));
        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i] is not JsonObject version)
            {
                continue;
            }
            if (version.Object("schema")?.Object("openAPIV3Schema") is not { } schema)
            {
                errors.Required($"spec.versions[{version.String("name")}].schema.openAPIV3Schema", "schemas are required");
                continue;
            }
            if (shared && i > 0)
            {
                continue;
            }
            var path = shared ? "spec.validation.openAPIV3Schema" : $"spec.versions[{i}].schema.openAPIV3Schema";
            var before = errors.Count;
            StructuralSchemaRules.Check(schema, path, errors);
            if (errors.Count == before)
            {
                DefinitionExpressions.Check(schema, path, errors);
            }
        }
    }

    /// <summary>The version marked as stored; null unless there is exactly one.</summary>
    public static string? StorageVersion(JsonObject definition)
    {
        string? found = null;
        foreach (var item in definition.Object("spec")?.Array("versions") ?? [])
        {
            if (item is JsonObject version && version.Bool("storage") == true)
            {
                if (found is not null)
                {
                    return null;
                }
                found = version.String("name");
            }
        }
        return found;
    }

    private static void KeepStoredVersion(JsonObject obj)
    {
        if (StorageVersion(obj) is not { } version)
        {
            return;
        }
        var status = obj.EnsureObject("status");
        var stored = status.Array("storedVersions") ?? [];
        if (!stored.Any(item => item is JsonString text && text.Value == version))
        {
            stored.Add(version);
        }
        status["storedVersions"] = stored;
    }

    /// <summary>The versions as the original prints them in this message.</summary>
    private static JsonArray Shown(JsonArray? versions)
    {
        var shown = new JsonArray();
        foreach (var item in versions ?? [])
        {
            if (item is JsonObject version)
            {
                shown.Add(new JsonObject
                {
                    ["Name"] = version.String("name") ?? "",
                    ["Served"] = version.Bool("served") ?? false,
                    ["Storage"] = version.Bool("storage") ?? false,
                    ["Deprecated"] = version.Bool("deprecated") ?? false,
                    ["DeprecationWarning"] = version["deprecationWarning"] ?? JsonNull.Instance,
                    ["Schema"] = JsonNull.Instance,
                    ["Subresources"] = JsonNull.Instance,
                    ["AdditionalPrinterColumns"] = JsonNull.Instance,
                    ["SelectableFields"] = JsonNull.Instance,
                });
            }
        }
        return shown;
    }
}
