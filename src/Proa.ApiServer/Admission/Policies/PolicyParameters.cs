using Proa.Api.Json;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>Finds the objects that a binding names as its policy's parameters. Thread-safe.</summary>
internal sealed class PolicyParameters(IObjectStore store, TypeCatalog types)
{
    /// <summary>A single null where the policy has no parameters; none where none were found and that is no matter.</summary>
    /// <param name="error">Not null: they cannot be told.</param>
    public IReadOnlyList<JsonObject?> Find(ParameterKind? kind, ParameterReference? reference, string ns, out string? error)
    {
        error = null;
        if (kind is null || reference is null)
        {
            return [null];
        }
        if (TypeOf(kind) is not { } rules)
        {
            error = Unknown(kind);
            return [];
        }
        var type = rules.Type;
        if (!type.Namespaced && reference.Namespace.Length > 0)
        {
            error = "paramRef.namespace must not be provided for a cluster-scoped `paramKind`";
            return [];
        }
        var space = type.Namespaced ? reference.Namespace.Length > 0 ? reference.Namespace : ns : "";
        if (type.Namespaced && space.Length == 0)
        {
            error = "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources";
            return [];
        }
        var found = new List<JsonObject?>();
        if (reference.Name.Length > 0)
        {
            if (store.Get(new ObjectKey(type.Collection, space, reference.Name)) is { } stored)
            {
                found.Add(Read(rules, stored));
            }
        }
        else if (reference.Selector is { } selector)
        {
            foreach (var stored in store.List(type.Collection, type.Namespaced ? space : null)!.Items)
            {
                if (selector.Matches(stored.Index.Labels))
                {
                    found.Add(Read(rules, stored));
                }
            }
        }
        else
        {
            error = "one of name or selector must be provided";
        }
        if (error is null && found.Count == 0 && reference.DeniesWithout)
        {
            error = "no params found for policy binding with `Deny` parameterNotFoundAction";
        }
        return found;
    }

    /// <summary>What keeps a policy from being used at all; null: nothing.</summary>
    public string? KindError(ParameterKind? kind) => kind is null || TypeOf(kind) is not null ? null : Unknown(kind);

    /// <summary>Null: there is no such kind.</summary>
    public static ServedType? TypeOf(TypeCatalog types, ParameterKind kind)
    {
        foreach (var type in types.All)
        {
            if (type.Kind == kind.Kind && type.Info.ApiVersion == kind.ApiVersion)
            {
                return type;
            }
        }
        return null;
    }

    private static string Unknown(ParameterKind kind)
    {
        var slash = kind.ApiVersion.IndexOf('/');
        var (group, version) = slash < 0 ? ("", kind.ApiVersion) : (kind.ApiVersion[..slash], kind.ApiVersion[(slash + 1)..]);
        return $"failed to find resource referenced by paramKind: '{group}/{version}, Kind={kind.Kind}'";
    }

    private TypeRules? TypeOf(ParameterKind kind) =>
        TypeOf(types, kind) is { } type ? types.FindRules(type.Group, type.Version, type.Plural) : null;

    private static JsonObject Read(TypeRules rules, StoredObject stored) => rules.FromStored(JsonTree.ParseObject(stored.Json.Span));
}
