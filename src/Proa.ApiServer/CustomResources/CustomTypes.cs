using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Schema;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.CustomResources;

/// <summary>Makes the served types of a definition. Pure.</summary>
internal static class CustomTypes
{
    private static readonly string[] s_verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] s_partVerbs = ["get", "patch", "update"];

    public static IEnumerable<TypeRules> Of(JsonObject definition)
    {
        var versions = definition.Object("spec")?.Array("versions") ?? [];
        if (CustomResourceDefinitionStrategy.StorageVersion(definition) is not { } storage)
        {
            yield break;
        }
        TypeRules? stored = null;
        foreach (var item in versions)
        {
            if (item is JsonObject version && version.String("name") == storage)
            {
                stored = Rules(definition, version, null);
            }
        }
        foreach (var item in versions)
        {
            if (item is not JsonObject version || version.Bool("served") != true)
            {
                continue;
            }
            yield return version.String("name") == storage ? stored! : Rules(definition, version, stored);
        }
    }

    private static TypeRules Rules(JsonObject definition, JsonObject version, TypeRules? stored)
    {
        var type = Type(definition, version);
        var gvk = type.Info.Gvk;
        return new TypeRules(
            type,
            () => Schema(version, gvk),
            () => KindStrategies.ForCustom(gvk, type.Namespaced, HasStatus(version)),
            stored is null ? null : (stored, new NoConversion(type.Info.ApiVersion, stored.Type.Info.ApiVersion)));
    }

    private static ObjectSchema Schema(JsonObject version, GroupVersionKind gvk)
    {
        var schema = version.Object("schema")?.Object("openAPIV3Schema");
        return ObjectSchema.FromStructural(schema ?? [], gvk, preserveUnknown: schema is null);
    }

    private static ServedType Type(JsonObject definition, JsonObject version)
    {
        var spec = definition.Object("spec")!;
        var names = spec.Object("names")!;
        var kind = names.String("kind")!;
        var info = new ResourceInfo(
            spec.String("group")!, version.String("name")!, names.String("plural")!, kind, spec.String("scope") == "Namespaced");
        var subresources = new List<Types.ServedSubresource>();
        if (HasStatus(version))
        {
            subresources.Add(new("status", info.Gvk, s_partVerbs));
        }
        if (version.Object("subresources")?.Object("scale") is not null)
        {
            subresources.Add(new("scale", new("autoscaling", "v1", "Scale"), s_partVerbs));
        }
        return new ServedType(info)
        {
            Singular = names.String("singular") ?? kind.ToLowerInvariant(),
            ListKind = names.String("listKind") ?? kind + "List",
            Verbs = s_verbs,
            ShortNames = Texts(names.Array("shortNames")),
            Categories = Texts(names.Array("categories")),
            Subresources = subresources,
            CustomVersion = version,
        };
    }

    private static bool HasStatus(JsonObject version) => version.Object("subresources")?.Object("status") is not null;

    private static string[] Texts(JsonArray? items) => items is null ? [] : [.. items.OfType<JsonString>().Select(static text => text.Value)];

    /// <summary>The versions of a custom resource differ in nothing but their name.</summary>
    private sealed class NoConversion(string spoken, string stored) : IVersionConversion
    {
        public JsonObject ToStored(JsonObject obj)
        {
            obj["apiVersion"] = stored;
            return obj;
        }

        public JsonObject FromStored(JsonObject obj)
        {
            obj["apiVersion"] = spoken;
            return obj;
        }
    }
}
