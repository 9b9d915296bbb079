using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Schema;
using Proa.ApiServer.Types;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.CustomResources;

/// <summary>Makes the served types of a definition. Pure.</summary>
internal static class CustomTypes
{
    private static readonly string[] s_verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] s_partVerbs = ["get", "patch", "update"];

    /// <param name="bytes">The same, as it is stored.</param>
    /// <param name="webhooks">Asks those who convert between versions.</param>
    public static IEnumerable<TypeRules> Of(JsonObject definition, ReadOnlyMemory<byte> bytes, WebhookClient webhooks)
    {
        var versions = definition.Object("spec")?.Array("versions") ?? [];
        if (CustomResourceDefinitionStrategy.StorageVersion(definition) is not { } storage)
        {
            yield break;
        }
        var converter = versions.Count > 1 ? Converter(definition, webhooks) : null;
        TypeRules? stored = null;
        foreach (var item in versions)
        {
            if (item is JsonObject version && version.String("name") == storage)
            {
                stored = Rules(definition, bytes, version, null, converter);
            }
        }
        if (stored is null)
        {
            yield break;
        }
        foreach (var item in versions)
        {
            if (item is not JsonObject version || version.Bool("served") != true)
            {
                continue;
            }
            yield return version.String("name") == storage ? stored : Rules(definition, bytes, version, stored, converter);
        }
    }

    private static ICustomConverter Converter(JsonObject definition, WebhookClient webhooks)
    {
        var conversion = definition.Object("spec")?.Object("conversion");
        return conversion?.String("strategy") == "Webhook"
            ? new WebhookConverter(definition.Object("spec")?.Object("names")?.String("kind") ?? "", conversion, webhooks)
            : RenamingConverter.Instance;
    }

    private static TypeRules Rules(JsonObject definition, ReadOnlyMemory<byte> bytes, JsonObject version, TypeRules? stored, ICustomConverter? converter)
    {
        var custom = new CustomVersionSource(bytes, version.String("name")!, version);
        var type = Type(definition, version) with { Custom = custom };
        var gvk = type.Info.Gvk;
        var hasStatus = HasStatus(version);
        string[] selectable = [.. version.Array("selectableFields")?.OfType<JsonObject>().Select(static field => (field.String("jsonPath") ?? "").TrimStart('.')) ?? []];
        var conversion = converter is null ? null : new CustomVersions(converter, type.Kind, type.Info.ApiVersion, stored?.Type.Info.ApiVersion ?? type.Info.ApiVersion);
        VersionView view = (VersionView?)conversion ?? VersionView.Same;
        // As long as it is as it was created, all objects were written by it.
        var metadata = definition.Object("metadata");
        var since = metadata?.Int("generation") > 1 && long.TryParse(metadata.String("resourceVersion"), CultureInfo.InvariantCulture, out var changed) ? changed : 0;
        TypeRules? rules = null;
        return rules = new TypeRules(
            type,
            () => Schema(custom.Version, gvk),
            () => KindStrategies.ForCustom(gvk, type.Namespaced, hasStatus, selectable),
            stored is null ? null : (stored, conversion!))
        {
            View = since == 0 ? view : new FollowedView(view, () => rules!, since),
            Since = since,
            Stored = conversion,
        };
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
        };
    }

    private static bool HasStatus(JsonObject version) => version.Object("subresources")?.Object("status") is not null;

    private static string[] Texts(JsonArray? items) => items is null ? [] : [.. items.OfType<JsonString>().Select(static text => text.Value)];
}
