using Proa.Api.Json;
using Proa.Api.Selectors;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Admission.Matching;

/// <summary>
/// Which requests a webhook or policy is concerned with: namespace and object selectors, resource rules, and equivalent
/// versions. Immutable and thread-safe.
/// </summary>
internal sealed class MatchResources
{
    private readonly LabelSelector _namespaces;
    private readonly LabelSelector _objects;
    private readonly ResourceRule[] _rules;
    private readonly ResourceRule[] _excluded;
    private readonly bool _equivalent;
    private readonly bool _allWithoutRules;

    private MatchResources(JsonObject match, string rules, bool allWithoutRules)
    {
        _namespaces = SelectorReader.Of(match.Object("namespaceSelector"));
        _objects = SelectorReader.Of(match.Object("objectSelector"));
        _rules = ResourceRule.All(match.Array(rules));
        _excluded = ResourceRule.All(match.Array("excludeResourceRules"));
        _equivalent = match.String("matchPolicy") != "Exact";
        _allWithoutRules = allWithoutRules;
    }

    /// <summary>Of one entry of a webhook configuration.</summary>
    public static MatchResources OfWebhook(JsonObject webhook) => new(webhook, "rules", allWithoutRules: false);

    /// <summary>A policy's <c>matchConstraints</c> or a binding's <c>matchResources</c>.</summary>
    public static MatchResources OfPolicy(JsonObject match) => new(match, "resourceRules", allWithoutRules: true);

    /// <summary>Whether the request is concerned, and as which type: its own or an equivalent one.</summary>
    public ResourceMatch Match(AdmissionRequest request, IObjectStore store, ITypeCatalog types)
    {
        var inNamespace = MatchesNamespace(request, store, out var error);
        if ((!inNamespace && error is null) || !MatchesObject(request) || Find(_excluded, request, types) is not null)
        {
            return ResourceMatch.None;
        }
        var matched = _rules.Length == 0 && _allWithoutRules ? request.Type : Find(_rules, request, types);
        return matched is null ? ResourceMatch.None : error is null ? new(matched, null) : new(null, error);
    }

    private ServedType? Find(ResourceRule[] rules, AdmissionRequest request, ITypeCatalog types)
    {
        foreach (var rule in rules)
        {
            if (rule.Matches(request, request.Type))
            {
                return request.Type;
            }
        }
        if (!_equivalent || rules.Length == 0)
        {
            return null;
        }
        List<ServedType>? equivalents = null;
        foreach (var type in types.All)
        {
            if (type.Collection == request.Type.Collection && type != request.Type && Serves(type, request.Subresource))
            {
                (equivalents ??= []).Add(type);
            }
        }
        if (equivalents is null)
        {
            return null;
        }
        // Earlier rules come first, whichever version they name.
        foreach (var rule in rules)
        {
            foreach (var type in equivalents)
            {
                if (rule.Matches(request, type))
                {
                    return type;
                }
            }
        }
        return null;
    }

    private static bool Serves(ServedType type, string subresource)
    {
        if (subresource.Length == 0)
        {
            return true;
        }
        foreach (var served in type.Subresources)
        {
            if (served.Name == subresource)
            {
                return true;
            }
        }
        return false;
    }

    private bool MatchesNamespace(AdmissionRequest request, IObjectStore store, out string? error)
    {
        error = null;
        if (_namespaces.IsEverything)
        {
            return true;
        }
        if (request.Type.Collection == "namespaces")
        {
            // A namespace that is made or changed counts by its new labels, one that goes by those it has.
            if (request.Object is { } obj && request.Subresource.Length == 0)
            {
                return _namespaces.Matches(SelectorReader.Labels(obj));
            }
            return request.Old is { } old ? _namespaces.Matches(SelectorReader.Labels(old)) : MatchesStored(request.Name, store, out error);
        }
        // What lies in no namespace is never exempt by namespace.
        return request.Namespace.Length == 0 || MatchesStored(request.Namespace, store, out error);
    }

    private bool MatchesStored(string name, IObjectStore store, out string? error)
    {
        var found = store.Get(new ObjectKey("namespaces", "", name));
        error = found is null ? $"namespaces \"{name}\" not found" : null;
        return found is not null && _namespaces.Matches(found.Index.Labels);
    }

    private bool MatchesObject(AdmissionRequest request) =>
        _objects.IsEverything
        || (request.Object is { } obj && _objects.Matches(SelectorReader.Labels(obj)))
        || (request.Old is { } old && _objects.Matches(SelectorReader.Labels(old)));
}

/// <param name="Type">Null: the request is not concerned.</param>
/// <param name="Error">It could not be told; the failure policy decides.</param>
internal readonly record struct ResourceMatch(ServedType? Type, string? Error)
{
    public static readonly ResourceMatch None;

    public bool IsMatch => Type is not null;
}
