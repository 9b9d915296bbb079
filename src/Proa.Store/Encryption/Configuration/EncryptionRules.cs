using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Kinds;

namespace Proa.Store.Encryption.Configuration;

/// <summary>What the original refuses in an EncryptionConfiguration, in its words. Secrets are never told.</summary>
internal static class EncryptionRules
{
    private static readonly string[] s_kinds = ["kms", "aesgcm", "aescbc", "secretbox", "identity"];

    public static void RefuseUnknown(JsonObject file)
    {
        var unknown = new List<string>();
        Known(file, "", unknown, "kind", "apiVersion", "resources");
        foreach (var (entry, at) in Items(file.Array("resources"), "resources"))
        {
            Known(entry, at, unknown, "resources", "providers");
            foreach (var (provider, path) in Items(entry.Array("providers"), $"{at}.providers"))
            {
                Known(provider, path, unknown, s_kinds);
                Known(provider.Object("kms"), $"{path}.kms", unknown, "apiVersion", "name", "cachesize", "endpoint", "timeout");
                Known(provider.Object("identity"), $"{path}.identity", unknown);
                foreach (var kind in (string[])["aesgcm", "aescbc", "secretbox"])
                {
                    Known(provider.Object(kind), $"{path}.{kind}", unknown, "keys");
                    foreach (var (key, keyPath) in Items(provider.Object(kind)?.Array("keys"), $"{path}.{kind}.keys"))
                    {
                        Known(key, keyPath, unknown, "name", "secret");
                    }
                }
            }
        }
        if (unknown.Count > 0)
        {
            throw new FormatException($"strict decoding error: {string.Join(", ", unknown.Select(field => $"unknown field \"{field}\""))}");
        }
    }

    public static void Check(JsonObject file, FieldErrors errors)
    {
        var entries = Items(file.Array("resources"), "resources").ToList();
        if (entries.Count == 0)
        {
            errors.Required("resources", "at least one resources is required");
        }
        var plugins = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (entry, at) in entries)
        {
            var resources = entry.Array("resources")?.OfType<JsonString>().Select(item => item.Value).ToList() ?? [];
            Require(resources.Count > 0, $"{at}.resources", errors);
            CheckOverlap(resources, $"{at}.resources", errors);
            for (var i = 0; i < resources.Count; i++)
            {
                if (Wrong(resources[i]) is { } wrong)
                {
                    errors.Invalid($"{at}.resources[{i}]", resources[i], wrong);
                }
            }
            var providers = Items(entry.Array("providers"), $"{at}.providers").ToList();
            Require(providers.Count > 0, $"{at}.providers", errors);
            foreach (var (provider, path) in providers)
            {
                CheckProvider(provider, path, plugins, errors);
            }
        }
    }

    /// <summary>The name before the first dot, the group after it.</summary>
    public static (string Name, string Group) Parse(string resource) =>
        resource.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? (resource[..dot], resource[(dot + 1)..]) : (resource, "");

    /// <summary>A duration such as <c>3s</c> or <c>500ms</c>; null: not one.</summary>
    public static TimeSpan? Timeout(JsonObject kms)
    {
        var text = kms.String("timeout") ?? "3s";
        var (number, unit) = text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 1.0)
            : text.EndsWith('s') ? (text[..^1], 1000.0)
            : text.EndsWith('m') ? (text[..^1], 60_000.0)
            : ("", 0);
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? TimeSpan.FromMilliseconds(value * unit) : null;
    }

    private static IEnumerable<(JsonObject Item, string Path)> Items(JsonArray? list, string path) =>
        list?.Select((item, i) => (item as JsonObject ?? [], $"{path}[{i}]")) ?? [];

    private static void Known(JsonObject? part, string path, List<string> unknown, params ReadOnlySpan<string> names)
    {
        foreach (var name in part?.Keys ?? [])
        {
            if (!names.Contains(name))
            {
                unknown.Add(path.Length == 0 ? name : $"{path}.{name}");
            }
        }
    }

    private static void Require(bool there, string path, FieldErrors errors)
    {
        if (!there)
        {
            errors.Required(path, $"at least one {path} is required");
        }
    }

    private static void CheckOverlap(List<string> resources, string path, FieldErrors errors)
    {
        var parsed = resources.ConvertAll(Parse);
        if (parsed.Distinct().Count() < parsed.Count)
        {
            errors.Invalid(path, List(), "the same resource cannot be specified multiple times");
        }
        var distinct = parsed.Distinct().ToList();
        if (distinct.Exists(one => distinct.Exists(other =>
            one != other && (one == ("*", "*") || (one.Group == other.Group && (one.Name == "*" || other.Name == "*"))))))
        {
            errors.Invalid(path, List(), "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked");
        }

        JsonValue List() => new JsonArray([.. resources.Select(resource => (JsonValue)resource)]);
    }

    private static string? Wrong(string resource)
    {
        var (name, group) = Parse(resource);
        return resource.Any(char.IsUpper) ? "resource name should not contain capital letters"
            : resource == "*" ? "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
            : resource is "apiserveripinfo" or "serviceipallocations" or "servicenodeportallocations" ? "resources which do not have REST API/s cannot be encrypted"
            : group == "events.k8s.io" ? "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file"
            : group == "extensions" ? "'extensions' group has been removed and cannot be used for encryption"
            : group == "*" && name != "*" ? "encrypting the same resource across groups is not supported"
            : null;
    }

    private static void CheckProvider(JsonObject provider, string path, HashSet<string> plugins, FieldErrors errors)
    {
        var kinds = s_kinds.Where(kind => provider[kind] is not (null or JsonNull)).ToList();
        if (kinds.Count != 1)
        {
            errors.Invalid(path, "REDACTED", kinds.Count == 0
                ? "provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity"
                : "more than one provider specified in a single element, should split into different list elements");
        }
        switch (kinds.FirstOrDefault())
        {
            case "kms":
                CheckPlugin(provider.Object("kms") ?? [], $"{path}.kms", plugins, errors);
                break;
            case "identity" or null:
                break;
            case var kind:
                CheckKeys(provider.Object(kind) ?? [], $"{path}.{kind}.keys", kind == "secretbox" ? [32] : [16, 24, 32], errors);
                break;
        }
    }

    private static void CheckKeys(JsonObject provider, string path, int[] lengths, FieldErrors errors)
    {
        var keys = Items(provider.Array("keys"), path).ToList();
        if (keys.Count == 0)
        {
            errors.Required(path, "at least one keys is required");
        }
        foreach (var (key, at) in keys)
        {
            if (string.IsNullOrEmpty(key.String("name")))
            {
                errors.Required($"{at}.name", "name is a mandatory field for a key");
            }
            if (key.String("secret") is not { Length: > 0 } text)
            {
                errors.Required($"{at}.secret", "secret is a mandatory field for a key");
                continue;
            }
            var secret = new byte[text.Length];
            if (!Convert.TryFromBase64String(text, secret, out var length))
            {
                errors.Invalid($"{at}.secret", "REDACTED", "secrets must be base64 encoded");
            }
            else if (!lengths.Contains(length))
            {
                errors.Invalid($"{at}.secret", "REDACTED", $"secret is not of the expected length, got {length}, expected one of [{string.Join(' ', lengths)}]");
            }
        }
    }

    private static void CheckPlugin(JsonObject kms, string path, HashSet<string> plugins, FieldErrors errors)
    {
        var (name, version, endpoint) = (kms.String("name") ?? "", kms.String("apiVersion") ?? "v1", kms.String("endpoint") ?? "");
        if (name.Length == 0)
        {
            errors.Required($"{path}.name", "name is a mandatory field for a provider");
        }
        if (name.Contains(':', StringComparison.Ordinal))
        {
            errors.Invalid($"{path}.name", name, $"invalid KMS provider name {name}, must not contain ':'");
        }
        if (!plugins.Add(name))
        {
            errors.Invalid($"{path}.name", name, $"duplicate KMS provider name {name}, names must be unique");
        }
        if (Timeout(kms) is not { } timeout || timeout <= TimeSpan.Zero)
        {
            errors.Invalid($"{path}.timeout", kms["timeout"], "timeout should be a positive value");
        }
        if (endpoint.Length == 0)
        {
            errors.Invalid($"{path}.endpoint", "", "endpoint is a mandatory field for a kms");
        }
        else if (!endpoint.StartsWith("unix:", StringComparison.Ordinal))
        {
            var scheme = endpoint.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? endpoint[..colon] : "";
            errors.Invalid($"{path}.endpoint", endpoint, $"unsupported scheme \"{scheme}\" for KMS provider, only unix is supported");
        }
        if (version != "v1" && kms["cachesize"] is { } cache)
        {
            errors.Invalid($"{path}.cachesize", cache, "cachesize is not supported in v2");
        }
        if (version is not ("v1" or "v2"))
        {
            errors.Invalid($"{path}.apiVersion", version, "unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported");
        }
        else if (version == "v1")
        {
            errors.Invalid($"{path}.apiVersion", version, "KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead");
        }
    }
}
