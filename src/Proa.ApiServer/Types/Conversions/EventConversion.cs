using Proa.Api.Json;

namespace Proa.ApiServer.Types.Conversions;

/// <summary>Between <c>events.k8s.io/v1</c> and the core group's events, which are stored: the same fields under other names.</summary>
internal sealed class EventConversion : IVersionConversion
{
    private static readonly (string New, string Core)[] s_names =
    [
        ("regarding", "involvedObject"),
        ("note", "message"),
        ("reportingController", "reportingComponent"),
        ("deprecatedSource", "source"),
        ("deprecatedFirstTimestamp", "firstTimestamp"),
        ("deprecatedLastTimestamp", "lastTimestamp"),
        ("deprecatedCount", "count"),
    ];

    public JsonObject ToStored(JsonObject obj)
    {
        var stored = Rename(obj, "v1", static name => Array.Find(s_names, pair => pair.New == name).Core);
        // The core kind always prints these.
        stored["involvedObject"] ??= new JsonObject();
        stored["reportingComponent"] ??= "";
        stored["reportingInstance"] ??= "";
        return stored;
    }

    public JsonObject FromStored(JsonObject obj) => Rename(obj, "events.k8s.io/v1", static name => Array.Find(s_names, pair => pair.Core == name).New);

    private static JsonObject Rename(JsonObject obj, string apiVersion, Func<string, string?> rename)
    {
        var made = new JsonObject();
        foreach (var (name, value) in obj)
        {
            made[rename(name) ?? name] = value;
        }
        made["apiVersion"] = apiVersion;
        if (apiVersion != "v1")
        {
            // Empty texts of the core kind are absent here.
            foreach (var name in (ReadOnlySpan<string>)["reportingController", "reportingInstance", "note"])
            {
                if (made[name] is JsonString { Value.Length: 0 })
                {
                    made.Remove(name);
                }
            }
        }
        return made;
    }
}
