using Proa.Api.Json;
using Proa.ApiServer.Objects;

namespace Proa.ApiServer.CustomResources;

/// <summary>Reads and writes a definition's conditions. Pure.</summary>
internal static class DefinitionStatus
{
    public static bool Is(JsonObject definition, string type)
    {
        foreach (var item in definition.Object("status")?.Array("conditions") ?? [])
        {
            if (item is JsonObject condition && condition.String("type") == type)
            {
                return condition.String("status") == "True";
            }
        }
        return false;
    }

    public static void SetCondition(JsonObject definition, string type, bool holds, string reason, string message, DateTimeOffset now)
    {
        var status = definition.EnsureObject("status");
        var conditions = status.Array("conditions") ?? [];
        var since = Metadata.Time(now);
        foreach (var item in conditions)
        {
            if (item is JsonObject before && before.String("type") == type && before.String("status") == (holds ? "True" : "False"))
            {
                since = before.String("lastTransitionTime") ?? since;
            }
        }
        conditions.RemoveAll(item => (item as JsonObject)?.String("type") == type);
        conditions.Add(new JsonObject
        {
            ["type"] = type,
            ["status"] = holds ? "True" : "False",
            ["lastTransitionTime"] = since,
            ["reason"] = reason,
            ["message"] = message,
        });
        status["conditions"] = conditions;
    }
}
