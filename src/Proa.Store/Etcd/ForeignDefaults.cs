using Proa.Api.Json;

namespace Proa.Store.Etcd;

/// <summary>
/// What an original does not write and sets at each read: a claim's phase, and the kind of a StatefulSet's claim templates. Pure.
/// </summary>
internal static class ForeignDefaults
{
    /// <summary>Whether anything may be missing; Proa's own objects have all of it.</summary>
    public static bool MayBeMissing(string resource, ReadOnlySpan<byte> json) => resource switch
    {
        "persistentvolumeclaims" => json.IndexOf("\"phase\":\""u8) < 0,
        "statefulsets.apps" => json.IndexOf("\"volumeClaimTemplates\":["u8) >= 0 && json.IndexOf("\"kind\":\"PersistentVolumeClaim\""u8) < 0,
        _ => false,
    };

    public static void Set(string resource, JsonObject obj)
    {
        switch (resource)
        {
            case "persistentvolumeclaims":
                Default(obj.EnsureObject("status"), "phase", "Pending");
                break;
            case "statefulsets.apps":
                foreach (var template in obj.Object("spec")?.Array("volumeClaimTemplates") ?? [])
                {
                    if (template is JsonObject claim)
                    {
                        Default(claim, "kind", "PersistentVolumeClaim");
                        Default(claim, "apiVersion", "v1");
                    }
                }
                break;
            default:
                break;
        }
    }

    private static void Default(JsonObject obj, string name, string value)
    {
        if (obj.String(name) is not { Length: > 0 })
        {
            obj[name] = value;
        }
    }
}
