using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Apply;

/// <summary>Lays a partial object over a whole one, as an apply does, but without owners. Pure.</summary>
public static class ConfigurationMerge
{
    /// <summary>A new object; neither argument is changed.</summary>
    public static JsonObject Merge(ObjectSchema schema, JsonObject live, JsonObject applied) => (JsonObject)TypedMerge.Merge(schema.Root, live, applied);

    /// <summary>The places of a configuration that can only be taken whole, such as <c>.spec.containers[0].args</c>.</summary>
    public static IReadOnlyList<string> Atomics(ObjectSchema schema, JsonObject applied)
    {
        var found = new List<string>();
        Find(schema.Root, applied, "", found);
        return found;
    }

    private static void Find(SchemaNode node, JsonValue value, string path, List<string> found)
    {
        if (value is JsonObject obj)
        {
            if (node.IsAtomic)
            {
                found.Add(path);
            }
            foreach (var (name, member) in obj)
            {
                if (FieldWalk.IsNamed(node, name))
                {
                    Find(FieldWalk.Member(node, name)!, member, $"{path}.{name}", found);
                }
            }
        }
        else if (value is JsonArray list && node is { Kind: SchemaKind.List, Element: { } element })
        {
            if (node.ListType == ListType.Atomic)
            {
                found.Add(path);
            }
            for (var i = 0; i < list.Count; i++)
            {
                Find(element, list[i], $"{path}[{i.ToString(CultureInfo.InvariantCulture)}]", found);
            }
        }
    }
}
