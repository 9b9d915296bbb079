using Proa.Api.Selectors;

namespace Proa.Scheduler.Core;

internal static class Selectors
{
    /// <summary>Adds conditions on the pod's own values of some labels, such as its template's hash.</summary>
    public static LabelSelector WithLabelKeys(
        LabelSelector selector, IReadOnlyDictionary<string, string> labels, IReadOnlyList<string> same, IReadOnlyList<string> different)
    {
        if (selector.IsNothing || same.Count + different.Count == 0)
        {
            return selector;
        }
        var requirements = new List<LabelRequirement>(selector.Requirements);
        foreach (var key in same)
        {
            if (labels.TryGetValue(key, out var value))
            {
                requirements.Add(new(key, LabelOperator.In, [value]));
            }
        }
        foreach (var key in different)
        {
            if (labels.TryGetValue(key, out var value))
            {
                requirements.Add(new(key, LabelOperator.NotIn, [value]));
            }
        }
        return new(requirements);
    }
}
