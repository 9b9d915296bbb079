using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Workloads;

/// <summary>What to tell the author of an object that makes pods: of its name when it is new, of its template when it changed.</summary>
internal static class TemplateWarnings
{
    public const string PodNames = "Pod names and hostnames";

    /// <param name="nameUse">What the object's name is used in; null: of names nothing is said.</param>
    public static List<string> Of(JsonObject obj, JsonObject? old, string? nameUse, params ReadOnlySpan<string> template)
    {
        var warnings = new List<string>();
        if (old is null && nameUse is not null && PodWarnings.OfName(obj, nameUse) is { } name)
        {
            warnings.Add(name);
        }
        if (IsNewOrChanged(obj, old))
        {
            PodWarnings.Add(obj.At(template), string.Join('.', template!), warnings);
        }
        return warnings;
    }

    public static bool IsNewOrChanged(JsonObject obj, JsonObject? old) =>
        old is null || obj.Sub("metadata").Int("generation") != old.Sub("metadata").Int("generation");
}
