using System.Text;
using Proa.Api.Models.Rbac;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>Whether some rules allow all that others do. A rule is compared by its smallest parts: one verb on one resource. Pure.</summary>
internal static class RuleCover
{
    /// <returns>The parts of <paramref name="wanted"/> that no rule held covers, verbs of one resource together; empty: all are covered.</returns>
    public static List<PolicyRule> Missing(IReadOnlyList<PolicyRule> held, IEnumerable<PolicyRule> wanted)
    {
        var missing = new List<PolicyRule>();
        foreach (var rule in wanted)
        {
            foreach (var part in Parts(rule))
            {
                if (!held.Any(owner => Covers(owner, part)))
                {
                    Add(missing, part);
                }
            }
        }
        return missing;
    }

    /// <summary><c>{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}</c>.</summary>
    public static string Text(PolicyRule rule)
    {
        var text = new StringBuilder("{");
        Append("APIGroups", rule.ApiGroups);
        Append("Resources", rule.Resources);
        Append("NonResourceURLs", rule.NonResourceURLs);
        Append("ResourceNames", rule.ResourceNames);
        Append("Verbs", rule.Verbs);
        return text.Append('}').ToString();

        void Append(string name, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
            {
                text.Append(text.Length > 1 ? ", " : "").Append(name).Append(':').Append(List(values));
            }
        }
    }

    /// <summary><c>["a" "b"]</c>.</summary>
    public static string List(IEnumerable<string> values) => $"[{string.Join(' ', values.Select(Quote))}]";

    public static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static IEnumerable<PolicyRule> Parts(PolicyRule rule)
    {
        foreach (var group in rule.ApiGroups)
        {
            foreach (var resource in rule.Resources)
            {
                foreach (var verb in rule.Verbs)
                {
                    var part = new PolicyRule { ApiGroups = [group], Resources = [resource], Verbs = [verb] };
                    if (rule.ResourceNames.Count == 0)
                    {
                        yield return part;
                    }
                    foreach (var name in rule.ResourceNames)
                    {
                        yield return part with { ResourceNames = [name] };
                    }
                }
            }
        }
        foreach (var path in rule.NonResourceURLs)
        {
            foreach (var verb in rule.Verbs)
            {
                yield return new PolicyRule { NonResourceURLs = [path], Verbs = [verb] };
            }
        }
    }

    private static bool Covers(PolicyRule owner, PolicyRule part) =>
        HasAll(owner.Verbs, part.Verbs)
        && HasAll(owner.ApiGroups, part.ApiGroups)
        && part.Resources.All(resource => HasResource(owner.Resources, resource))
        && part.NonResourceURLs.All(path => owner.NonResourceURLs.Any(held => HasPath(held, path)))
        && (owner.ResourceNames.Count == 0 || (part.ResourceNames.Count > 0 && part.ResourceNames.All(owner.ResourceNames.Contains)));

    private static bool HasAll(IReadOnlyList<string> held, IReadOnlyList<string> wanted) => held.Contains("*") || wanted.All(held.Contains);

    private static bool HasResource(IReadOnlyList<string> held, string wanted)
    {
        var slash = wanted.IndexOf('/');
        return held.Contains("*") || held.Contains(wanted) || (slash >= 0 && held.Contains("*" + wanted[slash..]));
    }

    private static bool HasPath(string held, string wanted) =>
        held == wanted || (held.EndsWith('*') && wanted.StartsWith(held.TrimEnd('*'), StringComparison.Ordinal));

    private static void Add(List<PolicyRule> missing, PolicyRule part)
    {
        if (part.NonResourceURLs.Count == 0)
        {
            var same = missing.FindIndex(other => other.NonResourceURLs.Count == 0 && other.ApiGroups[0] == part.ApiGroups[0]
                && other.Resources[0] == part.Resources[0] && other.ResourceNames.SequenceEqual(part.ResourceNames));
            if (same >= 0)
            {
                missing[same] = missing[same] with { Verbs = [.. missing[same].Verbs, .. part.Verbs] };
                return;
            }
        }
        missing.Add(part);
    }
}
