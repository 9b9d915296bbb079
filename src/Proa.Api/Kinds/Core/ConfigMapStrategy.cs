using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class ConfigMapStrategy() : KindStrategy(new("", "v1", "ConfigMap"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    private const int MaxSize = 1024 * 1024;

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var size = 0;
        var data = obj.Object("data");
        foreach (var (key, value) in data ?? new JsonObject())
        {
            errors.Invalid($"data[{key}]", key, Names.ConfigMapKey(key));
            if (obj.Object("binaryData")?.ContainsKey(key) == true)
            {
                errors.Invalid($"data[{key}]", key, "duplicate of key present in binaryData");
            }
            size += (value as JsonString)?.Value.Length ?? 0;
        }
        foreach (var (key, value) in obj.Object("binaryData") ?? new JsonObject())
        {
            errors.Invalid($"binaryData[{key}]", key, Names.ConfigMapKey(key));
            size += ((value as JsonString)?.Value.Length ?? 0) / 4 * 3;
        }
        if (size > MaxSize)
        {
            errors.Add(FieldError.TooLong("", MaxSize));
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        if (old.Bool("immutable") == true)
        {
            if (obj.Bool("immutable") != true)
            {
                errors.Forbidden("immutable", "field is immutable when `immutable` is set");
            }
            foreach (var name in (ReadOnlySpan<string>)["data", "binaryData"])
            {
                if (!FieldErrors.Same(obj[name], old[name]))
                {
                    errors.Forbidden(name, "field is immutable when `immutable` is set");
                }
            }
        }
        Check(obj, errors);
    }
}
