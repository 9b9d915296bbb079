using Proa.Api.Json;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Fairness;

/// <summary>Which requests go to which priority level. Immutable.</summary>
internal sealed class FlowSchema
{
    private readonly List<Rule> _rules = [];

    /// <param name="series">What is counted of a schema and a level.</param>
    public FlowSchema(JsonObject obj, PriorityLevel level, Func<string, string, FlowSeries> series)
    {
        var metadata = obj.Object("metadata")!;
        Name = metadata.String("name")!;
        Uid = metadata.String("uid") ?? "";
        var spec = obj.Object("spec");
        Precedence = spec?.Int("matchingPrecedence") ?? 1000;
        Distinguisher = spec?.Object("distinguisherMethod")?.String("type") ?? "";
        Level = level;
        Series = series(Name, level.Name);
        foreach (var rule in (spec?.Array("rules") ?? []).OfType<JsonObject>())
        {
            _rules.Add(new Rule(rule));
        }
    }

    public string Name { get; }

    public string Uid { get; }

    public long Precedence { get; }

    /// <summary><c>ByUser</c>, <c>ByNamespace</c> or empty: what tells one flow from another.</summary>
    public string Distinguisher { get; }

    public PriorityLevel Level { get; }

    public FlowSeries Series { get; }

    /// <summary>The name of the level that a schema's object refers to.</summary>
    public static string LevelOf(JsonObject obj) => obj.Object("spec")?.Object("priorityLevelConfiguration")?.String("name") ?? "";

    public bool Matches(UserInfo user, RequestInfo request)
    {
        foreach (var rule in _rules)
        {
            if (rule.Matches(user, request))
            {
                return true;
            }
        }
        return false;
    }

    public string FlowOf(UserInfo user, RequestInfo request) => Distinguisher switch
    {
        "ByUser" => user.Name,
        "ByNamespace" => request.Namespace,
        _ => "",
    };

    private static string[] Strings(JsonObject rule, string name) => [.. (rule.Array(name) ?? []).OfType<JsonString>().Select(text => text.Value)];

    private static bool Has(string[] values, string wanted)
    {
        foreach (var value in values)
        {
            if (value == wanted || value == "*")
            {
                return true;
            }
        }
        return false;
    }

    private sealed class Rule
    {
        private readonly (string Kind, string Namespace, string Name)[] _subjects;
        private readonly (string[] Verbs, string[] Groups, string[] Resources, string[] Namespaces, bool Cluster)[] _resources;
        private readonly (string[] Verbs, string[] Paths)[] _paths;

        public Rule(JsonObject rule)
        {
            _subjects = [.. (rule.Array("subjects") ?? []).OfType<JsonObject>().Select(subject => subject.String("kind") switch
            {
                "User" => ("User", "", subject.Object("user")?.String("name") ?? ""),
                "Group" => ("Group", "", subject.Object("group")?.String("name") ?? ""),
                _ => ("ServiceAccount", subject.Object("serviceAccount")?.String("namespace") ?? "", subject.Object("serviceAccount")?.String("name") ?? ""),
            })];
            _resources = [.. (rule.Array("resourceRules") ?? []).OfType<JsonObject>().Select(resource => (
                Strings(resource, "verbs"), Strings(resource, "apiGroups"), Strings(resource, "resources"), Strings(resource, "namespaces"),
                resource.Bool("clusterScope") == true))];
            _paths = [.. (rule.Array("nonResourceRules") ?? []).OfType<JsonObject>().Select(path => (Strings(path, "verbs"), Strings(path, "nonResourceURLs")))];
        }

        public bool Matches(UserInfo user, RequestInfo request) => HasSubject(user) && (request.IsResource ? HasResource(request) : HasPath(request));

        private bool HasSubject(UserInfo user)
        {
            foreach (var (kind, ns, name) in _subjects)
            {
                var matches = kind switch
                {
                    "User" => name == "*" || name == user.Name,
                    "Group" => name == "*" || user.InGroup(name),
                    _ => IsAccount(user.Name, ns, name),
                };
                if (matches)
                {
                    return true;
                }
            }
            return false;
        }

        private bool HasResource(RequestInfo request)
        {
            foreach (var (verbs, groups, resources, namespaces, cluster) in _resources)
            {
                if (Has(verbs, request.Verb) && Has(groups, request.Group) && HasName(resources, request)
                    && (request.Namespace.Length == 0 ? cluster : Has(namespaces, request.Namespace)))
                {
                    return true;
                }
            }
            return false;
        }

        private bool HasPath(RequestInfo request)
        {
            foreach (var (verbs, paths) in _paths)
            {
                if (!Has(verbs, request.Verb))
                {
                    continue;
                }
                foreach (var path in paths)
                {
                    var prefix = path.EndsWith('*') ? path.AsSpan()[..^1] : path;
                    prefix = prefix.EndsWith("/") ? prefix[..^1] : prefix;
                    if (path == "*" || path == request.Path
                        || (request.Path.Length > prefix.Length && request.Path[prefix.Length] == '/' && request.Path.AsSpan().StartsWith(prefix)))
                    {
                        return true;
                    }
                }
            }
            return false;
        }

        // pods, pods/status, *
        private static bool HasName(string[] resources, RequestInfo request)
        {
            foreach (var resource in resources)
            {
                if (resource == "*" || (request.Subresource.Length == 0
                    ? resource == request.Resource
                    : resource.Length == request.Resource.Length + 1 + request.Subresource.Length && resource.StartsWith(request.Resource, StringComparison.Ordinal)
                        && resource[request.Resource.Length] == '/' && resource.EndsWith(request.Subresource, StringComparison.Ordinal)))
                {
                    return true;
                }
            }
            return false;
        }

        private static bool IsAccount(string user, string ns, string name)
        {
            const string Prefix = "system:serviceaccount:";
            if (!user.StartsWith(Prefix, StringComparison.Ordinal))
            {
                return false;
            }
            var rest = user.AsSpan(Prefix.Length);
            return rest.Length > ns.Length && rest.StartsWith(ns) && rest[ns.Length] == ':' && (name == "*" || rest[(ns.Length + 1)..].SequenceEqual(name));
        }
    }
}
