using Proa.Api.Json;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Admission.Matching;

/// <summary>
/// One rule of a webhook or policy: which operations on which resources. Immutable and thread-safe.
/// </summary>
internal sealed class ResourceRule
{
    private readonly string[] _operations;
    private readonly string[] _groups;
    private readonly string[] _versions;
    private readonly (string Resource, string Subresource)[] _resources;
    private readonly string[] _names;
    private readonly string _scope;

    private ResourceRule(JsonObject rule)
    {
        _operations = Texts(rule, "operations");
        _groups = Texts(rule, "apiGroups");
        _versions = Texts(rule, "apiVersions");
        _resources = [.. Texts(rule, "resources").Select(Split)];
        _names = Texts(rule, "resourceNames");
        _scope = rule.String("scope") ?? "*";
    }

    /// <summary>The rules of a list such as <c>rules</c> or <c>resourceRules</c>; absent: none.</summary>
    public static ResourceRule[] All(JsonArray? rules) =>
        rules is null ? [] : [.. rules.OfType<JsonObject>().Select(static rule => new ResourceRule(rule))];

    /// <param name="type">The type to match: that of the request, or an equivalent one.</param>
    public bool Matches(AdmissionRequest request, ServedType type) =>
        MatchesScope(request, type)
        && Has(_operations, OperationName(request.Operation))
        && Has(_groups, type.Group)
        && Has(_versions, type.Version)
        && MatchesResource(type.Plural, request.Subresource)
        && (_names.Length == 0 || Array.IndexOf(_names, request.Name) >= 0);

    /// <summary>As the API names an operation: <c>CREATE</c>.</summary>
    public static string OperationName(AdmissionOperation operation) => operation switch
    {
        AdmissionOperation.Create => "CREATE",
        AdmissionOperation.Update => "UPDATE",
        AdmissionOperation.Delete => "DELETE",
        _ => "CONNECT",
    };

    private bool MatchesScope(AdmissionRequest request, ServedType type) => _scope switch
    {
        "Namespaced" => type.Collection != "namespaces" && request.Namespace.Length > 0,
        "Cluster" => type.Collection == "namespaces" || request.Namespace.Length == 0,
        _ => true,
    };

    private bool MatchesResource(string plural, string subresource)
    {
        foreach (var (resource, sub) in _resources)
        {
            if ((resource == "*" || resource == plural) && (sub == "*" || sub == subresource))
            {
                return true;
            }
        }
        return false;
    }

    private static bool Has(string[] allowed, string value)
    {
        foreach (var one in allowed)
        {
            if (one == "*" || one == value)
            {
                return true;
            }
        }
        return false;
    }

    private static (string Resource, string Subresource) Split(string text) =>
        text.IndexOf('/') is var at and >= 0 ? (text[..at], text[(at + 1)..]) : (text, "");

    private static string[] Texts(JsonObject rule, string field) =>
        rule.Array(field) is { } items ? [.. items.OfType<JsonString>().Select(static item => item.Value)] : [];
}
