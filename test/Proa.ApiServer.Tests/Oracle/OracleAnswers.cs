using System.Text.RegularExpressions;
using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Oracle;

/// <summary>Makes answers comparable: what differs from run to run becomes a placeholder, and sets are sorted.</summary>
public static partial class OracleAnswers
{
    private static readonly HashSet<string> s_volatile = new(StringComparer.Ordinal)
    {
        "uid", "creationTimestamp", "resourceVersion", "deletionTimestamp", "time", "selfLink", "lastTransitionTime", "lastUpdateTime", "startTime",
        "continue", "expirationTimestamp", "token", "renewTime", "acquireTime", "clusterIP", "nodePort", "remainingItemCount", "jti",
        "storageVersionHash", "eventTime", "lastTimestamp", "firstTimestamp", "observedGeneration",
    };

    private static readonly HashSet<string> s_sets = new(StringComparer.Ordinal)
    {
        "conditions", "managedFields", "causes", "warnings", "resources", "categories", "shortNames", "verbs",
    };

    public static JsonValue Normalise(JsonValue value, IReadOnlyDictionary<string, string> names, IReadOnlySet<string> ignored, string? key = null)
    {
        switch (value)
        {
            case JsonObject o:
                var made = new JsonObject();
                foreach (var (name, member) in o.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
                {
                    if (!ignored.Contains(name) && !(name is "conditions" or "finalizers" && member is JsonNull or JsonArray { Count: 0 }))
                    {
                        made[name] = Normalise(member, names, ignored, name);
                    }
                }
                return made;
            case JsonArray a:
                var items = a.Select(item => Normalise(item, names, ignored, key));
                return new JsonArray(key is not null && s_sets.Contains(key)
                    ? items.OrderBy(static item => item.ToString(), StringComparer.Ordinal)
                    : items);
        }
        if (key is not null && s_volatile.Contains(key) && value is not (JsonNull or JsonBool or JsonString { Value: "" or "None" }))
        {
            return $"<{key}>";
        }
        return value is JsonString text ? Text(text.Value, names) : value;
    }

    private static string Text(string text, IReadOnlyDictionary<string, string> names)
    {
        if (text.StartsWith("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
        {
            // Each cluster has an authority of its own.
            return "<certificates>";
        }
        foreach (var (placeholder, actual) in names)
        {
            text = text.Replace(actual, placeholder, StringComparison.Ordinal);
        }
        text = Uid().Replace(text, "<uid>");
        text = Time().Replace(text, "<time>");
        text = UidPrecondition().Replace(text, "UID in precondition: <uid>");
        text = Revision().Replace(text, "$1<rv>");
        text = Suffix().Replace(text, "$1<suffix>");
        if (Several().Match(text) is { Success: true } several)
        {
            var parts = Cause().Split(several.Groups[2].Value).Order(StringComparer.Ordinal);
            text = $"{several.Groups[1].Value}[{string.Join(", ", parts)}]";
        }
        text = RecordRevision().Replace(text, "ResourceVersion in record (<rv>)");
        text = Age().Replace(text, "<age>");
        return Ip().Replace(text, "<ip>");
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    [GeneratedRegex(@"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")]
    private static partial Regex Time();

    [GeneratedRegex(@"\bUID in precondition: [^,]*")]
    private static partial Regex UidPrecondition();

    [GeneratedRegex(@"(resource ?[vV]ersion[^0-9]{0,12})\d+")]
    private static partial Regex Revision();

    [GeneratedRegex(@"(gen-|kube-api-access-)[bcdfghjklmnpqrstvwxz2456789]{5}\b")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"^(.* is invalid: )\[(.*)\]$", RegexOptions.Singleline)]
    private static partial Regex Several();

    [GeneratedRegex(@", (?=[a-z][A-Za-z0-9]*[.\[(:])")]
    private static partial Regex Cause();

    [GeneratedRegex(@"ResourceVersion in record \(\d+\)")]
    private static partial Regex RecordRevision();

    [GeneratedRegex("^(\\d+[dhms])+$|^<unknown>$|^<invalid>$")]
    private static partial Regex Age();

    [GeneratedRegex(@"\b10\.\d+\.\d+\.\d+\b")]
    private static partial Regex Ip();
}
