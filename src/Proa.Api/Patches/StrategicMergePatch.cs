using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Patches;

/// <summary>
/// A merge patch that knows from the schema which lists merge by key, with directives: <c>$patch</c> (replace, delete),
/// <c>$deleteFromPrimitiveList/x</c>, <c>$setElementOrder/x</c>, <c>$retainKeys</c>. Pure and thread-safe.
/// </summary>
public static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";
    private const string OrderPrefix = "$setElementOrder/";

    /// <summary>Changes <paramref name="original"/> in place; after an error it is half changed. The patch is given away.</summary>
    public static PatchResult Apply(SchemaNode schema, JsonObject original, JsonObject patch)
    {
        try
        {
            return MergeObject(schema, original, patch);
        }
        catch (PatchException e)
        {
            return e.Error;
        }
    }

    private static JsonObject MergeObject(SchemaNode? schema, JsonObject original, JsonObject patch)
    {
        if (patch.TryGet(Directive, out var directive))
        {
            patch.Remove(Directive);
            return (directive as JsonString)?.Value switch
            {
                "replace" => (JsonObject)Bare(patch),
                "delete" => new JsonObject(),
                _ => throw new PatchException(PatchError.DoesNotFit($"unknown patch type: {(directive as JsonString)?.Value ?? directive.ToString()}")),
            };
        }
        Retain(original, patch);
        Reorder(schema, original, patch);
        foreach (var (name, change) in patch)
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal))
            {
                if (original.Array(name[DeletePrefix.Length..]) is { } list)
                {
                    var gone = change as JsonArray ?? throw new PatchException(PatchError.Malformed("invalid patch format of primitive list"));
                    list.RemoveAll(item => gone.Any(g => g.DeepEquals(item)));
                }
                continue;
            }
            if (change is JsonNull)
            {
                original.Remove(name);
                continue;
            }
            var current = original[name];
            if (current is null || current.Kind != change.Kind)
            {
                original[name] = Bare(change);
                continue;
            }
            var member = Member(schema, name);
            original[name] = change switch
            {
                JsonObject obj when member?.PatchReplace != true => MergeObject(member, (JsonObject)current, obj),
                JsonArray list when member?.PatchMerge == true => MergeList(member, (JsonArray)current, list),
                _ => Bare(change),
            };
        }
        return original;
    }

    private static SchemaNode? Member(SchemaNode? schema, string name) => schema is not null && schema.TryMember(name, out var member) ? member : null;

    private static void Retain(JsonObject original, JsonObject patch)
    {
        if (!patch.TryGet(RetainKeys, out var value))
        {
            return;
        }
        patch.Remove(RetainKeys);
        var keep = (value as JsonArray)?.OfType<JsonString>().Select(s => s.Value).ToHashSet(StringComparer.Ordinal);
        if (keep is null || patch.Any(p => p.Value is not JsonNull && !p.Key.StartsWith('$') && !keep.Contains(p.Key)))
        {
            throw new PatchException(PatchError.Malformed("invalid patch format of retainKeys"));
        }
        foreach (var name in original.Keys.Where(k => !keep.Contains(k)).ToList())
        {
            original.Remove(name);
        }
    }

    /// <summary>Handles the lists that have a <c>$setElementOrder</c>, and takes them out of the patch.</summary>
    private static void Reorder(SchemaNode? schema, JsonObject original, JsonObject patch)
    {
        List<string>? directives = null;
        foreach (var (name, _) in patch)
        {
            if (name.StartsWith(OrderPrefix, StringComparison.Ordinal))
            {
                (directives ??= []).Add(name);
            }
        }
        foreach (var directive in directives ?? [])
        {
            var order = patch.Array(directive) ?? throw new PatchException(PatchError.Malformed("invalid patch format of setElementOrder list"));
            patch.Remove(directive);
            var name = directive[OrderPrefix.Length..];
            var member = Member(schema, name);
            var live = original.Array(name);
            var changes = patch.Array(name);
            // Items to be removed from a list of scalars go before the order is laid down.
            if (live is not null && patch.Array(DeletePrefix + name) is { } gone)
            {
                live.RemoveAll(item => gone.Any(g => g.DeepEquals(item)));
                patch.Remove(DeletePrefix + name);
            }
            if (changes is null && live is null)
            {
                continue;
            }
            CheckOrder(changes, order, member?.MergeKey);
            var before = live is null ? new JsonArray() : new JsonArray(live);
            var merged = changes is null ? live! : live is null ? (JsonArray)Bare(changes) : MergeList(member, live, changes);
            original[name] = ListOrder.Arrange(merged, order, before, member?.MergeKey);
            patch.Remove(name);
        }
    }

    // Each item of the patch must be named in the order, in that order.
    private static void CheckOrder(JsonArray? changes, JsonArray order, string? mergeKey)
    {
        if (changes is null)
        {
            return;
        }
        var at = 0;
        foreach (var change in changes)
        {
            if (change is JsonObject { } obj && obj.ContainsKey(Directive))
            {
                continue;
            }
            while (at < order.Count && !ListOrder.Same(order[at], change, mergeKey))
            {
                at++;
            }
            if (at == order.Count)
            {
                throw new PatchException(PatchError.Malformed(
                    $"The order in patch list:\n{changes}\n doesn't match $setElementOrder list:\n{order}\n"));
            }
            at++;
        }
    }

    private static JsonArray MergeList(SchemaNode? schema, JsonArray original, JsonArray patch)
    {
        if (original.Count == 0 && patch.Count == 0)
        {
            return original;
        }
        var first = patch.Count > 0 ? patch[0] : original[0];
        var before = new JsonArray(original);
        if (first is not JsonObject)
        {
            var both = new JsonArray();
            foreach (var item in original.Concat(patch))
            {
                if (!both.Any(b => b.DeepEquals(item)))
                {
                    both.Add(item);
                }
            }
            return ListOrder.Arrange(both, patch, before, null);
        }
        if (schema?.MergeKey is not { } key)
        {
            throw new PatchException(new PatchError(500, "cannot merge lists without merge key"));
        }
        var items = new JsonArray();
        var replace = false;
        foreach (var item in patch)
        {
            var change = item as JsonObject ?? throw new PatchException(new PatchError(500, "expected a list of objects in the patch"));
            switch (change.String(Directive))
            {
                case null:
                    items.Add(change);
                    break;
                case "delete":
                    var value = change[key] ?? throw NoKey(change, key);
                    original.RemoveAll(o => o is JsonObject candidate && value.DeepEquals(candidate[key]));
                    break;
                case "replace":
                    replace = true;
                    break;
                case "merge":
                    throw new PatchException(new PatchError(500, "merging lists cannot yet be specified in the patch"));
                case var other:
                    throw new PatchException(PatchError.DoesNotFit($"unknown patch type: {other}"));
            }
        }
        if (replace)
        {
            return (JsonArray)Bare(items);
        }
        foreach (var item in items)
        {
            var change = (JsonObject)item;
            var value = change[key] ?? throw NoKey(change, key);
            var at = ListOrder.Find(original, value, key);
            if (at < 0)
            {
                original.Add(Bare(change.Clone()));
            }
            else
            {
                original[at] = MergeObject(schema.Element, (JsonObject)original[at], (JsonObject)change.Clone());
            }
        }
        return ListOrder.Arrange(original, items, before, key);
    }

    private static PatchException NoKey(JsonObject item, string key) =>
        new(new PatchError(500, $"map: {item} does not contain declared merge key: {key}"));

    /// <summary>A part of a patch with nothing to merge into: without nulls and directives.</summary>
    private static JsonValue Bare(JsonValue value)
    {
        switch (value)
        {
            case JsonObject obj:
                foreach (var name in obj.Where(m => m.Value is JsonNull || m.Key.StartsWith('$')).Select(m => m.Key).ToList())
                {
                    if (name is Directive or RetainKeys || obj[name] is JsonNull || name.StartsWith(DeletePrefix, StringComparison.Ordinal)
                        || name.StartsWith(OrderPrefix, StringComparison.Ordinal))
                    {
                        obj.Remove(name);
                    }
                }
                foreach (var (_, member) in obj)
                {
                    Bare(member);
                }
                break;
            case JsonArray list:
                list.RemoveAll(item => item is JsonObject obj && obj.ContainsKey(Directive));
                foreach (var item in list)
                {
                    Bare(item);
                }
                break;
        }
        return value;
    }

    /// <summary>Carries an error up through the recursion; never leaves this type.</summary>
    private sealed class PatchException(PatchError error) : Exception
    {
        public PatchError Error { get; } = error;
    }
}
