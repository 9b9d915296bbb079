using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;
using Proa.Api.Json;

namespace Proa.Api.Schema.Expressions;

/// <summary>A JSON object whose keys are data.</summary>
internal sealed class JsonCelMap(JsonObject obj, DeclaredType? element) : CelMap
{
    public override int Count => obj.Count;

    public override IEnumerable<CelValue> Keys
    {
        get
        {
            foreach (var (key, _) in obj)
            {
                yield return CelValue.Of(key);
            }
        }
    }

    public override bool TryGet(in CelValue key, out CelValue value)
    {
        if (key.Kind == CelKind.String && obj[key.AsString] is { } member)
        {
            value = JsonCel.Of(member, element);
            return true;
        }
        value = default;
        return false;
    }
}

/// <summary>A JSON object with declared fields, by the names that expressions have for them.</summary>
internal sealed class JsonCelObject(JsonObject obj, DeclaredType type) : CelMap
{
    public override CelType? ObjectType => type.Type;

    public override int Count => Keys.Count();

    public override IEnumerable<CelValue> Keys
    {
        get
        {
            foreach (var (escaped, name, _) in type.Fields)
            {
                if (obj.ContainsKey(name))
                {
                    yield return CelValue.Of(escaped);
                }
            }
        }
    }

    public override bool TryGet(in CelValue key, out CelValue value)
    {
        if (key.Kind == CelKind.String && type.TryField(key.AsString, out var field) && obj[field.Name] is { } member)
        {
            value = JsonCel.Of(member, field.Type);
            return true;
        }
        value = default;
        return false;
    }

    // What no expression can name is part of the object all the same.
    public override CelValue? EqualTo(CelMap other) => other is JsonCelObject { Json: var theirs } ? CelValue.Of(obj.DeepEquals(theirs)) : null;

    private JsonObject Json => obj;
}
