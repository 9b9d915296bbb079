using System.Diagnostics.CodeAnalysis;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;

namespace Proa.Api.Kinds.Policy;

/// <summary>The objects that mutations are written with: <c>Object{spec: Object.spec{…}}</c> and <c>JSONPatch{op: …}</c>.</summary>
public static class PatchTypes
{
    public static readonly CelType Object = CelType.StructOf("Object", new AnyFields());

    public static readonly CelType Operation = CelType.StructOf("JSONPatch", new FixedFields(new(StringComparer.Ordinal)
    {
        ["op"] = CelType.String,
        ["path"] = CelType.String,
        ["from"] = CelType.String,
        ["value"] = CelType.Dyn,
    }));

    public static CelType? Find(string name) => name switch
    {
        "Object" => Object,
        "JSONPatch" => Operation,
        _ when name.StartsWith("Object.", StringComparison.Ordinal) => CelType.StructOf(name, new AnyFields()),
        _ => null,
    };

    /// <summary>An object's type is named after its place: <c>Object.spec.template</c>.</summary>
    /// <returns>What is wrong; null: nothing.</returns>
    public static string? CheckNames(in CelValue value)
    {
        var errors = new List<string>();
        Check(value, value.Kind == CelKind.Map ? value.AsMap.ObjectType?.RuntimeName ?? "" : "", errors, 0);
        return errors.Count == 0 ? null : string.Join('\n', errors);
    }

    private static void Check(in CelValue value, string path, List<string> errors, int depth)
    {
        if (depth > 64)
        {
            return;
        }
        switch (value.Kind)
        {
            case CelKind.Map when value.AsMap.ObjectType is { } type:
                if (type.RuntimeName != path)
                {
                    errors.Add($"unexpected type name \"{type.RuntimeName}\", expected \"{path}\", which matches field name path from root Object type");
                }
                foreach (var key in value.AsMap.Keys)
                {
                    value.AsMap.TryGet(key, out var member);
                    Check(member, $"{path}.{key.AsString}", errors, depth + 1);
                }
                break;
            case CelKind.Map:
                foreach (var key in value.AsMap.Keys)
                {
                    value.AsMap.TryGet(key, out var member);
                    Check(member, path, errors, depth + 1);
                }
                break;
            case CelKind.List:
                for (var i = 0; i < value.AsList.Count; i++)
                {
                    Check(value.AsList[i], path, errors, depth + 1);
                }
                break;
        }
    }

    private sealed class AnyFields : ICelFields
    {
        public bool TryGet(string name, [NotNullWhen(true)] out CelType? type)
        {
            type = CelType.Dyn;
            return true;
        }
    }
}
