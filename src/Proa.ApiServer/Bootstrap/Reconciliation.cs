using System.Text.Json;
using Proa.Api.Json;
using Proa.ApiServer.Aggregation;
using Proa.Store;

namespace Proa.ApiServer.Bootstrap;

/// <summary>What to change of an object that exists: users may add to roles and bindings, but not take away what components need.</summary>
internal static class Reconciliation
{
    private const string OptOut = "rbac.authorization.kubernetes.io/autoupdate";

    /// <returns>Null when the object is as it should be.</returns>
    public static WriteRequest? Of(BootstrapObject wanted, StoredObject there, ObjectIndexer indexer)
    {
        var fields = Fields(wanted.Key.Resource);
        if (fields.Length == 0 || HasAll(wanted.Json, there.Json, fields))
        {
            return null;
        }
        var have = JsonTree.ParseObject(there.Json.Span);
        var want = JsonTree.ParseObject(wanted.Json.Span);
        return Change(have, want, fields) ? Replace(there, have, indexer) : null;
    }

    private static string[] Fields(string resource) => resource switch
    {
        "clusterroles.rbac.authorization.k8s.io" or "roles.rbac.authorization.k8s.io" => ["rules"],
        "clusterrolebindings.rbac.authorization.k8s.io" or "rolebindings.rbac.authorization.k8s.io" => ["subjects"],
        "endpoints" => ["subsets"],
        "endpointslices.discovery.k8s.io" => ["endpoints", "ports"],
        "services" => ["spec"],
        "configmaps" => ["data"],
        _ => [],
    };

    // The usual case, without a parse: the value is in the stored bytes as it was written first.
    private static bool HasAll(ReadOnlyMemory<byte> wanted, ReadOnlyMemory<byte> there, string[] fields)
    {
        foreach (var field in fields)
        {
            var value = Value(wanted.Span, field);
            if (!value.IsEmpty && there.Span.IndexOf(value) < 0)
            {
                return false;
            }
        }
        return true;
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> json, string field)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var found = reader.ValueTextEquals(field);
            reader.Read();
            reader.Skip();
            if (found)
            {
                return json[start..(int)reader.BytesConsumed];
            }
        }
        return [];
    }

    private static bool Change(JsonObject have, JsonObject want, string[] fields)
    {
        switch (fields[0])
        {
            case "rules" or "subjects":
                // An aggregated role's rules are another component's business.
                return !have.ContainsKey("aggregationRule")
                    && have.Object("metadata")?.Object("annotations")?.String(OptOut) != "false"
                    && AddMissing(have, want, fields[0]);
            case "spec":
                return SetPort(have, want);
            case "data":
                return AuthenticationData.Complete(have, want.Object("data")!);
            default:
                return SetAll(have, want, fields);
        }
    }

    private static bool AddMissing(JsonObject have, JsonObject want, string field)
    {
        var list = have.Array(field) ?? [];
        var changed = false;
        foreach (var item in want.Array(field) ?? [])
        {
            if (!list.Any(item.DeepEquals))
            {
                list.Add(item);
                changed = true;
            }
        }
        have[field] = list;
        return changed;
    }

    private static bool SetPort(JsonObject have, JsonObject want)
    {
        if (have.Object("spec")?.Array("ports") is not [JsonObject port, ..] || want.Object("spec")?.Array("ports") is not [JsonObject wanted, ..]
            || wanted["targetPort"]!.DeepEquals(port["targetPort"]))
        {
            return false;
        }
        port["targetPort"] = wanted["targetPort"];
        return true;
    }

    private static bool SetAll(JsonObject have, JsonObject want, string[] fields)
    {
        var changed = false;
        foreach (var field in fields)
        {
            if (!want[field]!.DeepEquals(have[field]))
            {
                have[field] = want[field];
                changed = true;
            }
        }
        return changed;
    }

    private static WriteRequest Replace(StoredObject there, JsonObject changed, ObjectIndexer indexer)
    {
        changed.Object("metadata")!.Remove("resourceVersion");
        var json = JsonTree.ToUtf8(changed);
        var marker = "\"metadata\":{"u8;
        return new()
        {
            Key = there.Key,
            Kind = WriteKind.Replace,
            Json = json,
            RevisionOffset = json.AsSpan().IndexOf(marker) + marker.Length,
            Index = indexer(there.Key.Resource, json),
            ExpectedRevision = there.Revision,
        };
    }
}
