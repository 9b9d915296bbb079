using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Quota;

/// <summary>Which objects a quota with scopes counts. Pure.</summary>
public static class QuotaScopes
{
    /// <param name="quota">The quota's spec.</param>
    public static bool Matches(JsonObject? quota, string collection, JsonObject obj)
    {
        foreach (var item in quota?.Array("scopes") ?? [])
        {
            if (item is JsonString scope && !Matches(scope.Value, "Exists", null, collection, obj))
            {
                return false;
            }
        }
        foreach (var item in quota?.Object("scopeSelector")?.Array("matchExpressions") ?? [])
        {
            if (item is JsonObject expression
                && !Matches(expression.String("scopeName") ?? "", expression.String("operator") ?? "", expression.Array("values"), collection, obj))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Whether an object meets one requirement of a scope selector.</summary>
    public static bool Meets(JsonObject requirement, string collection, JsonObject obj) =>
        Matches(requirement.String("scopeName") ?? "", requirement.String("operator") ?? "", requirement.Array("values"), collection, obj);

    /// <summary>A quota's scopes as requirements of a scope selector.</summary>
    /// <param name="quota">The quota's spec.</param>
    public static IEnumerable<JsonObject> Requirements(JsonObject? quota) =>
    [
        .. (quota?.Array("scopes") ?? []).OfType<JsonString>().Select(static scope => new JsonObject { ["scopeName"] = scope.Value, ["operator"] = "Exists" }),
        .. (quota?.Object("scopeSelector")?.Array("matchExpressions") ?? []).OfType<JsonObject>(),
    ];

    /// <summary>A pod that has a deadline; one that gains or loses it moves between scopes.</summary>
    public static bool IsTerminating(JsonObject pod) => pod.Object("spec")?.Int("activeDeadlineSeconds") >= 0;

    /// <summary>The classes of volume attributes that a claim has, gets and asks for.</summary>
    public static SortedSet<string> AttributesClasses(JsonObject claim)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var name in new[]
        {
            claim.Object("spec")?.String("volumeAttributesClassName"),
            claim.Object("status")?.String("currentVolumeAttributesClassName"),
            claim.Object("status")?.Object("modifyVolumeStatus")?.String("targetVolumeAttributesClassName"),
        })
        {
            if (!string.IsNullOrEmpty(name))
            {
                names.Add(name);
            }
        }
        return names;
    }

    private static bool Matches(string scope, string op, JsonArray? values, string collection, JsonObject obj) => (collection, scope) switch
    {
        ("pods", "Terminating") => IsTerminating(obj),
        ("pods", "NotTerminating") => !IsTerminating(obj),
        ("pods", "BestEffort") => QualityOfService.Of(obj.Object("spec") ?? []) == "BestEffort",
        ("pods", "NotBestEffort") => QualityOfService.Of(obj.Object("spec") ?? []) != "BestEffort",
        ("pods", "PriorityClass") => Selects(op, values, obj.Object("spec")?.String("priorityClassName") is { Length: > 0 } name ? [name] : []),
        ("pods", "CrossNamespacePodAffinity") => ReachesOut(obj.Object("spec")?.Object("affinity")),
        ("persistentvolumeclaims", "VolumeAttributesClass") => Selects(op, values, AttributesClasses(obj)),
        _ => false,
    };

    private static bool Selects(string op, JsonArray? values, IReadOnlyCollection<string> names)
    {
        bool Listed(string name) => values?.Any(value => value is JsonString text && text.Value == name) == true;
        return op switch
        {
            "Exists" => names.Count > 0,
            "DoesNotExist" => names.Count == 0,
            "In" => names.Any(Listed),
            // What has no class is not in the list either.
            "NotIn" => names.Count == 0 || names.Any(name => !Listed(name)),
            _ => false,
        };
    }

    private static bool ReachesOut(JsonObject? affinity)
    {
        foreach (var kind in (ReadOnlySpan<string>)["podAffinity", "podAntiAffinity"])
        {
            foreach (var item in affinity?.Object(kind)?.Array("requiredDuringSchedulingIgnoredDuringExecution") ?? [])
            {
                if (IsElsewhere(item as JsonObject))
                {
                    return true;
                }
            }
            foreach (var item in affinity?.Object(kind)?.Array("preferredDuringSchedulingIgnoredDuringExecution") ?? [])
            {
                if (IsElsewhere((item as JsonObject)?.Object("podAffinityTerm")))
                {
                    return true;
                }
            }
        }
        return false;
    }

    private static bool IsElsewhere(JsonObject? term) => term?.Array("namespaces") is { Count: > 0 } || term?.Object("namespaceSelector") is not null;
}
