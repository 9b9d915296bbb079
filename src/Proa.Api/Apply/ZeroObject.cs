using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Apply;

/// <summary>
/// What the original takes for the object before its creation: its type's zero value, in which the fields that are always
/// printed exist already. A custom resource has none.
/// </summary>
internal static class ZeroObject
{
    public static JsonObject Of(ObjectSchema schema)
    {
        var zero = schema.IsStructural ? new JsonObject() : Of(schema.Root);
        zero.EnsureObject("metadata");
        return zero;
    }

    private static JsonObject Of(SchemaNode node)
    {
        var zero = new JsonObject();
        foreach (var (name, field) in node.Fields)
        {
            if (field.Presence is Presence.Always or Presence.NullWhenUnset)
            {
                zero[name] = field.Kind == SchemaKind.Object && field.Presence == Presence.Always ? Of(field) : JsonNull.Instance;
            }
        }
        return zero;
    }
}
