using System.Globalization;
using Proa.Api.Json;

namespace Proa.Api.Patches;

/// <summary>RFC 6902. Pure and thread-safe.</summary>
public static class JsonPatch
{
    private const int MaxOperations = 10_000;

    /// <summary>Applies the operations in order. <paramref name="original"/> is changed in place; after an error it is half changed.</summary>
    public static PatchResult Apply(JsonObject original, JsonValue patch)
    {
        if (patch is JsonNull)
        {
            return original;
        }
        if (patch is not JsonArray operations)
        {
            return PatchError.Malformed($"error decoding patch: json: cannot unmarshal {PatchError.KindOf(patch)} into Go value of type []handlers.jsonPatchOp");
        }
        if (Malformed(operations) is { } malformed)
        {
            return malformed;
        }
        if (operations.Count > MaxOperations)
        {
            return new PatchError(413, $"The allowed maximum operations in a JSON patch is {MaxOperations}, got {operations.Count}");
        }
        JsonValue document = original;
        foreach (var item in operations)
        {
            if (Apply(ref document, item as JsonObject ?? []) is { } error)
            {
                return error;
            }
        }
        return document is JsonObject patched ? patched : PatchError.DoesNotFit("the patched document is not an object");
    }

    /// <summary>Each operation is an object whose members but the value are texts.</summary>
    private static PatchError? Malformed(JsonArray operations)
    {
        foreach (var item in operations)
        {
            if (item is not (JsonObject or JsonNull))
            {
                return PatchError.Malformed($"error decoding patch: json: cannot unmarshal {PatchError.KindOf(item)} into Go value of type handlers.jsonPatchOp");
            }
            foreach (var (name, member) in item as JsonObject ?? [])
            {
                if (name is "op" or "path" or "from" && member is not (JsonString or JsonNull))
                {
                    return PatchError.Malformed($"error decoding patch: json: cannot unmarshal {PatchError.KindOf(member)} into Go struct field jsonPatchOp.{name} of type string");
                }
            }
        }
        return null;
    }

    private static PatchError? Apply(ref JsonValue document, JsonObject operation)
    {
        if (operation.String("path") is not { } path)
        {
            return PatchError.DoesNotFit("operation without a path");
        }
        var op = operation.String("op");
        var value = operation["value"];
        if (op is "add" or "replace" or "test")
        {
            // One that is not there is null, as the original has it.
            value ??= JsonNull.Instance;
            return op switch
            {
                "add" => Add(ref document, path, value.Clone()),
                "replace" => Replace(ref document, path, value.Clone()),
                _ => Test(document, path, value),
            };
        }
        if (op == "remove")
        {
            return Remove(document, path, out _);
        }
        if (op is "move" or "copy")
        {
            if (operation.String("from") is not { } from)
            {
                return PatchError.DoesNotFit($"{op} operation without from");
            }
            if (op == "copy")
            {
                return Parent(document, from, out _) is { } ? Add(ref document, path, Get(document, from)?.Clone() ?? JsonNull.Instance)
                    : PatchError.DoesNotFit($"copy operation does not apply: doc is missing from path: {from}: missing value");
            }
            return Remove(document, from, out var moved) ?? Add(ref document, path, moved!);
        }
        return PatchError.DoesNotFit($"Unexpected kind: {op}");
    }

    private static PatchError? Add(ref JsonValue document, string path, JsonValue value)
    {
        switch (Parent(document, path, out var key))
        {
            case JsonObject parent:
                parent[key] = value;
                return null;
            case JsonArray parent when key == "-":
                parent.Add(value);
                return null;
            case JsonArray parent when Index(key, parent.Count + 1) is { } at:
                parent.Insert(at, value);
                return null;
            case JsonArray:
                return Misplaced("add", path, key, forNew: true);
            default:
                return Missing("add", path);
        }
    }

    private static PatchError? Replace(ref JsonValue document, string path, JsonValue value)
    {
        if (path.Length == 0)
        {
            document = value;
            return null;
        }
        switch (Parent(document, path, out var key))
        {
            case JsonObject parent:
                parent[key] = value;
                return null;
            case JsonArray parent when Index(key, parent.Count) is { } at:
                parent[at] = value;
                return null;
            case JsonObject or JsonArray:
                return PatchError.DoesNotFit($"replace operation does not apply: doc is missing key: {path}: missing value");
            default:
                return PatchError.DoesNotFit($"replace operation does not apply: doc is missing path: {path}: missing value");
        }
    }

    private static PatchError? Remove(JsonValue document, string path, out JsonValue? removed)
    {
        removed = null;
        switch (Parent(document, path, out var key))
        {
            case JsonObject parent when parent.TryGet(key, out removed):
                parent.Remove(key);
                return null;
            case JsonArray parent when Index(key, parent.Count) is { } at:
                removed = parent[at];
                parent.RemoveAt(at);
                return null;
            case JsonObject:
                return PatchError.DoesNotFit($"error in remove for path: '{path}': Unable to remove nonexistent key: {key}: missing value");
            case JsonArray:
                return Misplaced("remove", path, key, forNew: false);
            default:
                return Missing("remove", path);
        }
    }

    private static PatchError? Test(JsonValue document, string path, JsonValue expected)
    {
        var found = Get(document, path) ?? JsonNull.Instance;
        return found.DeepEquals(expected) ? null : PatchError.DoesNotFit($"testing value {path} failed: test failed");
    }

    private static PatchError Missing(string op, string path) =>
        PatchError.DoesNotFit($"{op} operation does not apply: doc is missing path: \"{path}\": missing value");

    private static PatchError Misplaced(string op, string path, string key, bool forNew)
    {
        var number = int.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index);
        var wrong = number ? $"Unable to access invalid index: {index}: invalid index referenced"
            : $"{(forNew ? $"value was not a proper array index: '{key}': " : "")}strconv.Atoi: parsing \"{key}\": invalid syntax";
        return PatchError.DoesNotFit($"error in {op} for path: '{path}': {wrong}");
    }

    private static JsonValue? Get(JsonValue document, string path)
    {
        if (path.Length == 0)
        {
            return document;
        }
        return Parent(document, path, out var key) switch
        {
            JsonObject parent => parent[key],
            JsonArray parent when Index(key, parent.Count) is { } at => parent[at],
            _ => null,
        };
    }

    private static JsonValue? Parent(JsonValue document, string path, out string key)
    {
        key = "";
        if (path.Length == 0 || path[0] != '/')
        {
            return null;
        }
        var parts = path[1..].Split('/');
        JsonValue? at = document;
        for (var i = 0; i < parts.Length - 1 && at is not null; i++)
        {
            var part = Unescape(parts[i]);
            at = at switch
            {
                JsonObject obj => obj[part],
                JsonArray list when Index(part, list.Count) is { } index => list[index],
                _ => null,
            };
        }
        key = Unescape(parts[^1]);
        return at;
    }

    // Negative indexes count from the end, as the original's library has it.
    private static int? Index(string key, int count)
    {
        if (!int.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            return null;
        }
        index = index < 0 ? index + count : index;
        return index >= 0 && index < count ? index : null;
    }

    private static string Unescape(string part) => part.Contains('~') ? part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal) : part;
}
