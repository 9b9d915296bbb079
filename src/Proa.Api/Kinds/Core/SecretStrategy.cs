using System.Text;
using System.Text.Json;
using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class SecretStrategy() : KindStrategy(new("", "v1", "Secret"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    private const int MaxSize = 1024 * 1024;

    public override IReadOnlyList<string> SelectableFields { get; } = ["type"];

    public override void ApplyDefaults(JsonObject obj)
    {
        obj.Default("type", "Opaque");
        if (obj.Object("stringData") is { } texts)
        {
            var data = obj.EnsureObject("data");
            foreach (var (key, value) in texts)
            {
                data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes((value as JsonString)?.Value ?? ""));
            }
        }
        obj.Remove("stringData");
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        if (obj.Text("type") != "kubernetes.io/tls" || obj.Object("data") is not { } data)
        {
            return [];
        }
        return KeyPairs.ErrorOf(Bytes(data["tls.crt"]), Bytes(data["tls.key"])) is { } error ? [error] : [];
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var data = obj.Object("data") ?? new JsonObject();
        var size = 0;
        foreach (var (key, value) in data)
        {
            errors.Invalid($"data[{key}]", key, Names.ConfigMapKey(key));
            size += Size((value as JsonString)?.Value ?? "");
        }
        if (size > MaxSize)
        {
            errors.Add(FieldError.TooLong("data", MaxSize));
        }
        switch (obj.Text("type"))
        {
            case "kubernetes.io/service-account-token":
                if (obj.At("metadata", "annotations").Text("kubernetes.io/service-account.name").Length == 0)
                {
                    errors.Required("metadata.annotations[kubernetes.io/service-account.name]");
                }
                break;
            case "kubernetes.io/dockercfg":
                DockerConfig(data, ".dockercfg", errors);
                break;
            case "kubernetes.io/dockerconfigjson":
                DockerConfig(data, ".dockerconfigjson", errors);
                break;
            case "kubernetes.io/basic-auth":
                if (!data.ContainsKey("username") && !data.ContainsKey("password"))
                {
                    errors.Required("data[username]");
                    errors.Required("data[password]");
                }
                break;
            case "kubernetes.io/ssh-auth":
                if (Bytes(data["ssh-privatekey"]).Length == 0)
                {
                    errors.Required("data[ssh-privatekey]");
                }
                break;
            case "kubernetes.io/tls":
                Need(data, "tls.crt", errors);
                Need(data, "tls.key", errors);
                break;
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        errors.Immutable("type", obj["type"], old["type"]);
        if (old.Bool("immutable") == true)
        {
            if (obj.Bool("immutable") != true)
            {
                errors.Forbidden("immutable", "field is immutable when `immutable` is set");
            }
            if (!FieldErrors.Same(obj["data"], old["data"]))
            {
                errors.Forbidden("data", "field is immutable when `immutable` is set");
            }
        }
        Check(obj, errors);
    }

    private static void Need(JsonObject data, string key, FieldErrors errors)
    {
        if (!data.ContainsKey(key))
        {
            errors.Required($"data[{key}]");
        }
    }

    private static void DockerConfig(JsonObject data, string key, FieldErrors errors)
    {
        if (!data.TryGet(key, out var value))
        {
            errors.Required($"data[{key}]");
            return;
        }
        var bytes = Bytes(value);
        try
        {
            JsonTree.ParseObject(bytes);
        }
        catch (JsonException e)
        {
            errors.Invalid($"data[{key}]", "<secret contents redacted>", bytes.Length == 0
                ? "unexpected end of JSON input"
                : bytes[0] != '{' ? $"invalid character {Character(bytes[0])} looking for beginning of value" : e.Message);
        }
    }

    // Of base64 without decoding it.
    private static int Size(string text) => (text.Length / 4 * 3) - (text.EndsWith("==", StringComparison.Ordinal) ? 2 : text.EndsWith('=') ? 1 : 0);

    private static byte[] Bytes(JsonValue? value) => value is JsonString text ? Convert.FromBase64String(text.Value) : [];

    private static string Character(byte b) => b is >= 0x20 and < 0x7f ? $"'{(char)b}'" : $"'\\x{b:x2}'";
}
