using Proa.Api.Json;

namespace Proa.Api.Schema;

/// <summary>Prunes and defaults custom resources.</summary>
internal static class StructuralEngine
{
    public static NormalizeResult Normalize(SchemaNode root, JsonObject obj, Normalizer metadata, NormalizeOptions options)
    {
        List<string>? unknown = options.ReportUnknown ? [] : null;
        if (obj["metadata"] is JsonNull)
        {
            obj.Remove("metadata");
        }
        if (!obj.ContainsKey("metadata"))
        {
            obj["metadata"] = new JsonObject();
        }
        if (!metadata.Member(root, SchemaRegistry.BuiltIn.TypeNode("meta.v1.ObjectMeta")!, obj, "metadata"))
        {
            return metadata.Result(null);
        }
        Prune(root, obj, unknown, new FieldPath(), isRoot: true);
        return metadata.Result(unknown is { Count: > 0 } ? unknown : null);
    }

    public static void ApplyDefaults(SchemaNode node, JsonValue value)
    {
        switch (value)
        {
            case JsonObject obj when node.Kind == SchemaKind.Object:
                foreach (var (name, field) in node.Fields.Defaulted)
                {
                    // A null where null is not allowed counts as absent, so that the default takes its place.
                    if (!obj.TryGet(name, out var member) || (member is JsonNull && field.Rules?.Nullable != true))
                    {
                        obj[name] = field.Default!.Clone();
                    }
                }
                foreach (var (name, member) in obj)
                {
                    if (node.Fields.TryGet(name, out var field) && field.Rules is not null)
                    {
                        ApplyDefaults(field, member);
                    }
                }
                break;
            case JsonObject map when node.Kind == SchemaKind.Map:
                foreach (var (_, member) in map)
                {
                    ApplyDefaults(node.Element!, member);
                }
                break;
            case JsonArray list when node.Kind == SchemaKind.List:
                foreach (var item in list)
                {
                    ApplyDefaults(node.Element!, item);
                }
                break;
        }
    }

    private static void Prune(SchemaNode node, JsonValue value, List<string>? unknown, FieldPath path, bool isRoot)
    {
        switch (value)
        {
            case JsonObject obj when node.Kind == SchemaKind.Object:
                PruneObject(node, obj, unknown, path, isRoot);
                break;
            case JsonObject map when node.Kind == SchemaKind.Map:
                foreach (var (key, member) in map)
                {
                    path.Push(key);
                    Prune(node.Element!, member, unknown, path, isRoot: false);
                    path.Pop();
                }
                break;
            case JsonArray list when node.Kind == SchemaKind.List:
                for (var i = 0; i < list.Count; i++)
                {
                    path.Push(i);
                    Prune(node.Element!, list[i], unknown, path, isRoot: false);
                    path.Pop();
                }
                break;
            case JsonObject obj when node.Kind == SchemaKind.Any && node.Rules?.PreserveUnknown != true:
                foreach (var (name, _) in obj)
                {
                    unknown?.Add($"unknown field \"{path.Render(name)}\"");
                }
                obj.Clear();
                break;
        }
    }

    /// <summary>The metadata of an object within the object.</summary>
    private static void NormalizeEmbedded(SchemaNode node, JsonObject metadata, List<string>? unknown, FieldPath path)
    {
        var found = SchemaEngine.Normalize(node, metadata, unknown is null ? NormalizeOptions.Quiet : NormalizeOptions.Default);
        if (found.UnknownFields.Count > 0)
        {
            var at = path.Render("metadata");
            unknown!.AddRange(found.UnknownFields.Select(text => text.Replace("unknown field \"", $"unknown field \"{at}.", StringComparison.Ordinal)));
        }
    }

    private static void PruneObject(SchemaNode node, JsonObject obj, List<string>? unknown, FieldPath path, bool isRoot)
    {
        List<string>? drop = null;
        foreach (var (name, member) in obj)
        {
            if (node.Fields.TryGet(name, out var field))
            {
                if (field.Rules is null)
                {
                    if (!isRoot && name == "metadata" && member is JsonObject metadata)
                    {
                        NormalizeEmbedded(field, metadata, unknown, path);
                    }
                    continue;
                }
                path.Push(name);
                Prune(field, member, unknown, path, isRoot: false);
                path.Pop();
            }
            else if (node.Rules?.PreserveUnknown != true)
            {
                unknown?.Add($"unknown field \"{path.Render(name)}\"");
                (drop ??= []).Add(name);
            }
        }
        obj.RemoveAll(drop ?? []);
    }
}
