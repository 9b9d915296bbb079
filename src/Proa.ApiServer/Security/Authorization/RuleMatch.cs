using Proa.Api.Models.Rbac;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>Whether a rule covers a request, by the rules of RBAC: see <c>PolicyRule</c> in the API's reference.</summary>
internal static class RuleMatch
{
    private const string Any = "*";

    public static bool Covers(PolicyRule rule, RequestInfo request)
    {
        if (!Has(rule.Verbs, request.Verb))
        {
            return false;
        }
        return request.IsResource
            ? Has(rule.ApiGroups, request.Group) && HasResource(rule.Resources, request) && HasName(rule.ResourceNames, request.Name)
            : HasPath(rule.NonResourceURLs, request.Path);
    }

    private static bool Has(IReadOnlyList<string> values, string wanted)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] == wanted || values[i] == Any)
            {
                return true;
            }
        }
        return false;
    }

    // pods, pods/log, */scale, *
    private static bool HasResource(IReadOnlyList<string> resources, RequestInfo request)
    {
        for (var i = 0; i < resources.Count; i++)
        {
            var resource = resources[i].AsSpan();
            if (resource.SequenceEqual(Any))
            {
                return true;
            }
            var slash = resource.IndexOf('/');
            if (slash < 0)
            {
                if (request.Subresource.Length == 0 && resource.SequenceEqual(request.Resource))
                {
                    return true;
                }
                continue;
            }
            var head = resource[..slash];
            if (resource[(slash + 1)..].SequenceEqual(request.Subresource)
                && request.Subresource.Length > 0
                && (head.SequenceEqual(Any) || head.SequenceEqual(request.Resource)))
            {
                return true;
            }
        }
        return false;
    }

    // No names: all.
    private static bool HasName(IReadOnlyList<string> names, string wanted)
    {
        if (names.Count == 0)
        {
            return true;
        }
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == wanted)
            {
                return true;
            }
        }
        return false;
    }

    private static bool HasPath(IReadOnlyList<string> paths, string wanted)
    {
        for (var i = 0; i < paths.Count; i++)
        {
            var path = paths[i];
            if (path == Any || path == wanted || (path.EndsWith('*') && wanted.AsSpan().StartsWith(path.AsSpan(0, path.Length - 1))))
            {
                return true;
            }
        }
        return false;
    }
}
