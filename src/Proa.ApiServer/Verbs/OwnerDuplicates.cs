using Proa.Api.Json;
using Proa.ApiServer.Objects;

namespace Proa.ApiServer.Verbs;

/// <summary>An owner that is named twice, alike in every field, is kept once; the client is told.</summary>
internal static class OwnerDuplicates
{
    /// <param name="afterAdmission">
    /// Whether the object has been through mutating admission, which the warning says. Creates and updates look before and
    /// after it, patches only after.
    /// </param>
    public static void Remove(JsonObject obj, bool afterAdmission, Action<string>? warn)
    {
        if (obj.Object("metadata")?.Array("ownerReferences") is not { Count: > 1 } owners)
        {
            return;
        }
        var kept = new JsonArray();
        var twice = new List<string>();
        foreach (var owner in owners)
        {
            if (kept.Any(owner.DeepEquals))
            {
                twice.Add((owner as JsonObject)?.String("uid") ?? "");
            }
            else
            {
                kept.Add(owner.Clone());
            }
        }
        if (twice.Count == 0)
        {
            return;
        }
        Metadata.Of(obj)["ownerReferences"] = kept;
        warn?.Invoke($".metadata.ownerReferences contains duplicate entries{(afterAdmission ? " after mutating admission happens" : "")}; "
            + "API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; "
            + $"duplicate UID(s) observed: {string.Join(", ", twice)}");
    }
}
