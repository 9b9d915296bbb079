using Proa.Api.Json;

namespace Proa.ApiServer.Admission;

/// <summary>A service account may say that its pods refer to its own secrets alone. Pure.</summary>
internal static class MountableSecrets
{
    private const string Annotation = "kubernetes.io/enforce-mountable-secrets";

    public static bool AreEnforced(JsonObject account) =>
        account.Object("metadata")?.Object("annotations")?.String(Annotation) is "true" or "True" or "TRUE" or "t" or "T" or "1";

    /// <summary>What the pod refers to and may not; null: nothing.</summary>
    public static string? Refusal(JsonObject pod, JsonObject account)
    {
        var spec = pod.Object("spec");
        var name = account.Object("metadata")?.String("name");
        var mountable = Names(account.Array("secrets"));
        foreach (var volume in spec?.Array("volumes")?.OfType<JsonObject>() ?? [])
        {
            if (volume.Object("secret") is { } secret && !mountable.Contains(secret.String("secretName") ?? ""))
            {
                return $"volume with secret.secretName=\"{secret.String("secretName")}\" is not allowed because service account {name} does not reference that secret";
            }
        }
        if ((Containers(spec, "initContainers", "init container", mountable, name) ?? Containers(spec, "containers", "container", mountable, name)) is { } refusal)
        {
            return refusal;
        }
        var pulls = Names(account.Array("imagePullSecrets"));
        var index = 0;
        foreach (var pull in Names(spec?.Array("imagePullSecrets")))
        {
            if (!pulls.Contains(pull))
            {
                return $"imagePullSecrets[{index}].name=\"{pull}\" is not allowed because service account {name} does not reference that imagePullSecret";
            }
            index++;
        }
        return null;
    }

    /// <summary>The same of ephemeral containers.</summary>
    public static string? EphemeralRefusal(JsonObject pod, JsonObject account) => Containers(
        pod.Object("spec"), "ephemeralContainers", "ephemeral container", Names(account.Array("secrets")), account.Object("metadata")?.String("name"));

    private static string? Containers(JsonObject? spec, string list, string kind, List<string> mountable, string? account)
    {
        foreach (var container in spec?.Array(list)?.OfType<JsonObject>() ?? [])
        {
            foreach (var item in container.Array("env")?.OfType<JsonObject>() ?? [])
            {
                if (item.Object("valueFrom")?.Object("secretKeyRef") is { } secret && !mountable.Contains(secret.String("name") ?? ""))
                {
                    return $"{kind} {container.String("name")} with envVar {item.String("name")} referencing secret.secretName=\"{secret.String("name")}\" is not allowed because service account {account} does not reference that secret";
                }
            }
            foreach (var item in container.Array("envFrom")?.OfType<JsonObject>() ?? [])
            {
                if (item.Object("secretRef") is { } secret && !mountable.Contains(secret.String("name") ?? ""))
                {
                    return $"{kind} {container.String("name")} with envFrom referencing secret.secretName=\"{secret.String("name")}\" is not allowed because service account {account} does not reference that secret";
                }
            }
        }
        return null;
    }

    private static List<string> Names(JsonArray? references) =>
        references is null ? [] : [.. references.OfType<JsonObject>().Select(static reference => reference.String("name") ?? "")];
}
