using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>What a definition must be like; errors in the original's order. Pure.</summary>
internal static class DefinitionRules
{
    private const string Approval = "api-approved.kubernetes.io";
    private const string ApprovalPath = $"metadata.annotations[{Approval}]";

    /// <param name="old">The definition before an update: what is established keeps its names.</param>
    public static void Check(JsonObject obj, JsonObject? old, FieldErrors errors)
    {
        var spec = new DefinitionSpec(obj.Object("spec") ?? []);
        Spec(spec, old is null ? null : new DefinitionSpec(old.Object("spec") ?? []), errors);
        if (old is not null)
        {
            Changes(spec.Spec, old, errors);
        }
        var status = obj.Object("status") ?? [];
        NameRules.Check(status.Object("acceptedNames") ?? [], "status.acceptedNames", errors);
        StoredVersions(status.Array("storedVersions"), spec, errors);
        Approved(obj, old, errors);
        if (spec.Spec.Bool("preserveUnknownFields") == true && old?.Object("spec")?.Bool("preserveUnknownFields") != true)
        {
            errors.Invalid("spec.preserveUnknownFields", true, "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead");
        }
    }

    private static void Spec(DefinitionSpec spec, DefinitionSpec? old, FieldErrors errors)
    {
        Group(spec.Spec.String("group") ?? "", errors);
        errors.OneOf("spec.scope", spec.Spec.String("scope"), "Cluster", "Namespaced");
        for (var i = 0; i < spec.Versions.Count; i++)
        {
            if (spec.Versions[i].Object("schema")?.Object("openAPIV3Schema") is null)
            {
                errors.Required($"spec.versions[{i}].schema.openAPIV3Schema");
            }
        }
        var preserves = spec.Spec.Bool("preserveUnknownFields") == true;
        if (preserves && spec.Versions.Any(static version => SchemaNodes.Any(version.Object("schema")?.Object("openAPIV3Schema"), static node => node.ContainsKey("default"))))
        {
            errors.Invalid("spec.preserveUnknownFields", true, "must be false in order to use defaults in the schema");
        }
        for (var i = 0; i < spec.Versions.Count; i++)
        {
            VersionRules.Check(spec, old, spec.Versions[i], $"spec.versions[{i}]", errors);
        }
        if (spec.Versions.DistinctBy(static version => version.String("name") ?? "").Count() != spec.Versions.Count)
        {
            errors.Invalid("spec.versions", spec.Shown(), "must contain unique version names");
        }
        if (spec.Versions.Count(static version => version.Bool("storage") == true) != 1)
        {
            errors.Invalid("spec.versions", spec.Shown(), "must have exactly one version marked as storage version");
        }
        if (spec.Versions is [var first, ..] && first.String("name") is { Length: > 0 } name && Names.Dns1035Label(name) is { Length: > 0 } wrong)
        {
            errors.Invalid("spec.version", name, string.Join(",", wrong));
        }
        var names = spec.Spec.Object("names") ?? [];
        foreach (var member in (ReadOnlySpan<string>)["plural", "singular", "kind", "listKind"])
        {
            if (names.String(member) is null or "")
            {
                errors.Required($"spec.names.{member}");
            }
        }
        NameRules.Check(names, "spec.names", errors);
        VersionRules.Shared(spec, old, errors);
        ConversionRules.Check(spec.Spec.Object("conversion"), preserves, errors);
    }

    private static void Group(string group, FieldErrors errors)
    {
        if (group.Length == 0)
        {
            errors.Required("spec.group");
        }
        else if (Names.DnsSubdomain(group) is { Length: > 0 } wrong)
        {
            errors.Invalid("spec.group", group, string.Join(",", wrong));
        }
        else if (!group.Contains('.'))
        {
            errors.Invalid("spec.group", group, "should be a domain with at least one dot");
        }
    }

    private static void Changes(JsonObject spec, JsonObject old, FieldErrors errors)
    {
        var before = old.Object("spec") ?? [];
        var (names, namesBefore) = (spec.Object("names") ?? [], before.Object("names") ?? []);
        if (IsEstablished(old))
        {
            errors.Immutable("spec.scope", spec["scope"], before["scope"]);
            errors.Immutable("spec.names.kind", names["kind"], namesBefore["kind"]);
        }
        errors.Immutable("spec.group", spec["group"], before["group"]);
        errors.Immutable("spec.names.plural", names["plural"], namesBefore["plural"]);
    }

    private static bool IsEstablished(JsonObject definition) => (definition.Object("status")?.Array("conditions") ?? [])
        .Any(static item => item is JsonObject condition && condition.String("type") == "Established" && condition.String("status") == "True");

    private static void StoredVersions(JsonArray? stored, DefinitionSpec spec, FieldErrors errors)
    {
        const string At = "status.storedVersions";
        if (stored is not { Count: > 0 })
        {
            errors.Invalid(At, JsonNull.Instance, "must have at least one stored version");
            return;
        }
        var names = stored.OfType<JsonString>().Select(static item => item.Value).ToList();
        var left = names.ToHashSet(StringComparer.Ordinal);
        foreach (var version in spec.Versions)
        {
            // Each name stands for one version only.
            if (!left.Remove(version.String("name") ?? "") && version.Bool("storage") == true)
            {
                errors.Invalid(At, stored, "must have the storage version " + version.String("name"));
            }
        }
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i];
            if (names.LastIndexOf(name) == i && spec.Versions.All(version => version.String("name") != name))
            {
                errors.Invalid($"{At}[{i}]", name, $"missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a "
                    + $"storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions");
            }
        }
    }

    /// <summary>The groups of the community want an approval: a URL, or a word that there is none.</summary>
    private static void Approved(JsonObject obj, JsonObject? old, FieldErrors errors)
    {
        const string Reference = "see https://github.com/kubernetes/enhancements/pull/1111";
        var group = obj.Object("spec")?.String("group") ?? "";
        if (!(group is "k8s.io" or "kubernetes.io" || group.EndsWith(".k8s.io", StringComparison.Ordinal) || group.EndsWith(".kubernetes.io", StringComparison.Ordinal)))
        {
            return;
        }
        var state = StateOf(obj);
        if (old is not null && StateOf(old) == state)
        {
            return;
        }
        if (state == ApprovalState.Missing)
        {
            errors.Required(ApprovalPath, $"protected groups must have approval annotation \"{Approval}\", {Reference}");
        }
        else if (state == ApprovalState.Wrong)
        {
            errors.Invalid(ApprovalPath, Annotation(obj),
                $"protected groups must have approval annotation \"{Approval}\" with either a URL or a reason starting with \"unapproved\", {Reference}");
        }
    }

    private static string Annotation(JsonObject obj) => obj.Object("metadata")?.Object("annotations")?.String(Approval) ?? "";

    private static ApprovalState StateOf(JsonObject obj) => Annotation(obj) switch
    {
        "" => ApprovalState.Missing,
        var text when text.StartsWith("unapproved", StringComparison.Ordinal) => ApprovalState.Bypassed,
        var text when Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.Length > 0 => ApprovalState.Given,
        _ => ApprovalState.Wrong,
    };

    private enum ApprovalState
    {
        Missing,
        Bypassed,
        Given,
        Wrong,
    }
}
