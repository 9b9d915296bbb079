using Proa.Api.Json;

namespace Proa.Api.Patches;

/// <summary>RFC 7386. Pure and thread-safe.</summary>
public static class MergePatch
{
    /// <summary>Changes <paramref name="original"/> in place and returns it; the patch is given away.</summary>
    public static PatchResult Apply(JsonObject original, JsonValue patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch is JsonNull
                ? PatchError.Malformed("Invalid JSON Patch")
                : PatchError.Malformed($"error decoding patch: json: cannot unmarshal {PatchError.KindOf(patch)} into Go value of type map[string]interface {{}}");
        }
        Merge(original, changes);
        return original;
    }

    private static void Merge(JsonObject original, JsonObject patch)
    {
        foreach (var (name, change) in patch)
        {
            if (change is JsonNull)
            {
                original.Remove(name);
            }
            else if (change is JsonObject members)
            {
                Merge(original.EnsureObject(name), members);
            }
            else
            {
                original[name] = change;
            }
        }
    }
}
