using Proa.Api.Models.Meta;

namespace Proa.Controllers.Common;

/// <summary>Matching of labels.</summary>
internal static class Selectors
{
    public static bool IsEmpty(LabelSelector selector) => selector.MatchLabels.Count == 0 && selector.MatchExpressions.Count == 0;

    /// <summary>True when each requirement holds; an empty selector matches everything.</summary>
    public static bool Matches(LabelSelector selector, IReadOnlyDictionary<string, string> labels)
    {
        if (!MatchesAll(selector.MatchLabels, labels))
        {
            return false;
        }
        foreach (var requirement in selector.MatchExpressions)
        {
            var has = labels.TryGetValue(requirement.Key, out var value);
            var holds = requirement.Operator switch
            {
                "In" => has && requirement.Values.Contains(value),
                "NotIn" => !has || !requirement.Values.Contains(value),
                "Exists" => has,
                "DoesNotExist" => !has,
                _ => false,
            };
            if (!holds)
            {
                return false;
            }
        }
        return true;
    }

    public static bool MatchesAll(IReadOnlyDictionary<string, string> wanted, IReadOnlyDictionary<string, string> labels)
    {
        foreach (var (key, value) in wanted)
        {
            if (!labels.TryGetValue(key, out var found) || found != value)
            {
                return false;
            }
        }
        return true;
    }
}
