using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.ApiServer.CustomResources.Definitions;
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
        // As the original does: what is stored in is the first version that says so.
        if (obj.Object("status")?.Array("storedVersions") is not { Count: > 0 }
            && (spec.Array("versions") ?? []).OfType<JsonObject>().FirstOrDefault(static version => version.Bool("storage") == true)?.String("name") is { } stored)
        {
            obj.EnsureObject("status")["storedVersions"] = new JsonArray([stored]);
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

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) => FormatWarnings.Of(obj, old);

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
        var name = Metadata.Name(obj);
        if (name.Length > 0 && name != $"{spec.Object("names")?.String("plural")}.{spec.String("group")}")
        {
            errors.Invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
        }
        DefinitionRules.Check(obj, null, errors);
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => DefinitionRules.Check(obj, old, errors);

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) =>
        NameRules.Check(obj.Object("status")?.Object("acceptedNames") ?? [], "status.acceptedNames", errors);

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
        // The first that says so, be it the only one or not: the checks tell.
        if ((obj.Object("spec")?.Array("versions") ?? []).OfType<JsonObject>().FirstOrDefault(static item => item.Bool("storage") == true)?.String("name") is not { } version)
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
}
