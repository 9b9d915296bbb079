using System.Text;
using Proa.Api.Json;
using Proa.Api.Yaml;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Audit;

/// <summary>An <c>audit.k8s.io/v1 Policy</c>: the first rule that matches a request says how much of it is recorded. Immutable.</summary>
public sealed class AuditPolicy
{
    private static readonly AuditRule s_nothing = new(AuditLevel.None);
    private static readonly string[] s_stages = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];
    private readonly List<AuditRule> _rules;

    private AuditPolicy(List<AuditRule> rules) => _rules = rules;

    /// <exception cref="FormatException">Not such a policy.</exception>
    public static AuditPolicy Read(string yaml)
    {
        if (YamlTree.Parse(Encoding.UTF8.GetBytes(yaml)) is not JsonObject file || file.String("kind") != "Policy"
            || file.String("apiVersion")?.StartsWith("audit.k8s.io/", StringComparison.Ordinal) != true)
        {
            throw new FormatException("it holds no audit.k8s.io/v1 Policy");
        }
        var omitted = Stages(file.Array("omitStages"), "omitStages");
        var omitFields = file.Bool("omitManagedFields") ?? false;
        var rules = new List<AuditRule>();
        foreach (var item in file.Array("rules") ?? [])
        {
            var rule = item as JsonObject ?? throw new FormatException($"rules[{rules.Count}] is not an object");
            rules.Add(Rule(rule, $"rules[{rules.Count}]", omitted, omitFields));
        }
        return rules.Count > 0 ? new(rules) : throw new FormatException("it has no rules: nothing would be recorded");
    }

    internal AuditRule Of(UserInfo? user, RequestInfo request)
    {
        foreach (var rule in _rules)
        {
            if (rule.Matches(user, request))
            {
                return rule;
            }
        }
        return s_nothing;
    }

    private static AuditRule Rule(JsonObject rule, string at, List<string> omitted, bool omitFields)
    {
        if (!Enum.TryParse<AuditLevel>(rule.String("level"), ignoreCase: false, out var level))
        {
            throw new FormatException($"{at}.level: \"{rule.String("level")}\" is none of None, Metadata, Request, RequestResponse");
        }
        var resources = new List<AuditResources>();
        foreach (var item in (rule.Array("resources") ?? []).OfType<JsonObject>())
        {
            resources.Add(new(item.String("group") ?? "", Strings(item.Array("resources")), Strings(item.Array("resourceNames"))));
        }
        var paths = Strings(rule.Array("nonResourceURLs"));
        var namespaces = Strings(rule.Array("namespaces"));
        if (paths.Count > 0 && (resources.Count > 0 || namespaces.Count > 0))
        {
            throw new FormatException($"{at}.nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs");
        }
        return new(level)
        {
            Users = Strings(rule.Array("users")),
            Groups = Strings(rule.Array("userGroups")),
            Verbs = Strings(rule.Array("verbs")),
            Resources = resources,
            Namespaces = namespaces,
            Paths = paths,
            OmitStages = [.. omitted, .. Stages(rule.Array("omitStages"), $"{at}.omitStages")],
            OmitManagedFields = rule.Bool("omitManagedFields") ?? omitFields,
        };
    }

    private static List<string> Stages(JsonArray? list, string at)
    {
        var stages = Strings(list);
        return stages.Find(stage => !s_stages.Contains(stage)) is { } wrong ? throw new FormatException($"{at}: \"{wrong}\" is no stage") : stages;
    }

    private static List<string> Strings(JsonArray? list) => list is null ? [] : [.. list.OfType<JsonString>().Select(text => text.Value)];
}
