using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>The keys whose values a pod's own labels give, in affinity terms and spread constraints.</summary>
internal static class MatchLabelKeyRules
{
    public static void Check(JsonObject term, string at, FieldErrors errors)
    {
        var selector = term.Object("labelSelector");
        var match = Keys(term, "matchLabelKeys", at, selector, errors);
        var mismatch = Keys(term, "mismatchLabelKeys", at, selector, errors);
        if (match.Count == 0)
        {
            return;
        }
        if (selector is not null)
        {
            // The selector holds already what was made of the keys: each once more is the user's.
            var seen = new HashSet<string>(selector.Object("matchLabels")?.Keys ?? [], StringComparer.Ordinal);
            foreach (var expression in selector.Objects("matchExpressions"))
            {
                var key = expression.Text("key");
                if (match.LastIndexOf(key) is var index and >= 0 && seen.Contains(key))
                {
                    errors.Invalid($"{at}[{index}]", key, "exists in both matchLabelKeys and labelSelector");
                }
                seen.Add(key);
            }
        }
        for (var i = 0; i < match.Count; i++)
        {
            if (mismatch.Contains(match[i]))
            {
                errors.Invalid($"{at}.matchLabelKeys[{i}]", match[i], "exists in both matchLabelKeys and mismatchLabelKeys");
            }
        }
    }

    private static List<string> Keys(JsonObject term, string name, string at, JsonObject? selector, FieldErrors errors)
    {
        var keys = (term.Array(name) ?? []).Select(static item => (item as JsonString)?.Value ?? "").ToList();
        if (keys.Count > 0 && selector is null)
        {
            errors.Forbidden($"{at}.{name}", "must not be specified when labelSelector is not set");
            return keys;
        }
        for (var i = 0; i < keys.Count; i++)
        {
            errors.Invalid($"{at}.{name}[{i}]", keys[i], Names.QualifiedName(keys[i]));
        }
        return keys;
    }
}
