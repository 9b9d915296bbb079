using Proa.Api.Json;

namespace Proa.Api.Kinds.Certificates;

/// <summary>The conditions of a certificate signing request.</summary>
internal static class CertificateConditionRules
{
    private static readonly string[] s_final = ["Approved", "Denied", "Failed"];

    public static void Check(JsonObject obj, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var condition in obj.Sub("status").Objects("conditions"))
        {
            var at = $"status.conditions[{i++}]";
            var type = condition.Text("type");
            if (type.Length == 0)
            {
                errors.Required($"{at}.type");
            }
            var status = condition.Text("status");
            string[] allowed = s_final.Contains(type) ? ["True"] : ["False", "True", "Unknown"];
            if (status.Length == 0)
            {
                errors.Required($"{at}.status");
            }
            else if (!allowed.Contains(status))
            {
                errors.NotSupported($"{at}.status", status, allowed);
            }
            if ((type == "Approved" && seen.Contains("Denied")) || (type == "Denied" && seen.Contains("Approved")))
            {
                errors.Invalid("status.conditions", type, "Approved and Denied conditions are mutually exclusive");
            }
            if (!seen.Add(type))
            {
                errors.Duplicate($"{at}.type", type);
            }
        }
    }

    public static void CheckUpdate(JsonObject obj, JsonObject old, bool approval, FieldErrors errors)
    {
        foreach (var type in s_final)
        {
            var (before, after) = (Of(old, type), Of(obj, type));
            if (after.Count < before.Count)
            {
                errors.Forbidden("status.conditions", $"updates may not remove a condition of type \"{type}\"");
            }
            else if (!approval && type != "Failed" && after.Count > before.Count)
            {
                errors.Forbidden("status.conditions", $"updates may not add a condition of type \"{type}\"");
            }
        }
        if (approval && obj.Sub("status").Text("certificate") != old.Sub("status").Text("certificate"))
        {
            errors.Forbidden("status.certificate", "updates may not set certificate content");
        }
    }

    private static List<JsonObject> Of(JsonObject obj, string type) =>
        [.. obj.Sub("status").Objects("conditions").Where(condition => condition.Text("type") == type)];
}
