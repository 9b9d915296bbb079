using Proa.Api.Models.Core;

namespace Proa.Controllers.Namespaces;

/// <summary>The five conditions by which a namespace tells what keeps it. Pure.</summary>
internal static class NamespaceConditions
{
    public static IReadOnlyList<NamespaceCondition> Of(IReadOnlyList<NamespaceCondition> current, NamespaceRemains remains, DateTimeOffset now)
    {
        var wanted = new[]
        {
            remains.DiscoveryFailure is { } failure
                ? Condition("NamespaceDeletionDiscoveryFailure", true, "DiscoveryFailed", failure)
                : Condition("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"),
            Condition("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed"),
            remains.Errors.Count > 0
                ? Condition("NamespaceDeletionContentFailure", true, "ContentDeletionFailed", string.Join(", ", remains.Errors))
                : Condition("NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
            remains.Counts.Count > 0
                ? Condition("NamespaceContentRemaining", true, "SomeResourcesRemain", "Some resources are remaining: "
                    + string.Join(", ", remains.Counts.Select(pair => $"{pair.Key} has {pair.Value} resource instances")))
                : Condition("NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed"),
            remains.Finalizers.Count > 0
                ? Condition("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: "
                    + string.Join(", ", remains.Finalizers.Select(pair => $"{pair.Key} in {pair.Value} resource instances")))
                : Condition("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
        };
        var result = current.Where(condition => !wanted.Any(want => want.Type == condition.Type)).ToList();
        foreach (var want in wanted)
        {
            var was = current.FirstOrDefault(condition => condition.Type == want.Type);
            result.Add(want with { LastTransitionTime = was?.Status == want.Status ? was.LastTransitionTime : now });
        }
        return result;
    }

    private static NamespaceCondition Condition(string type, bool status, string reason, string message) =>
        new() { Type = type, Status = status ? "True" : "False", Reason = reason, Message = message };
}
