using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.Controllers.Resources;

namespace Proa.Controllers.Namespaces;

/// <summary>What is still in a namespace after an attempt to empty it.</summary>
internal sealed class NamespaceRemains
{
    /// <summary>Objects left, by <c>pods.</c> or <c>deployments.apps</c>.</summary>
    public SortedDictionary<string, int> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>How many objects wait for each finalizer.</summary>
    public SortedDictionary<string, int> Finalizers { get; } = new(StringComparer.Ordinal);

    public List<string> Errors { get; } = [];

    /// <summary>Versions, such as <c>metrics.k8s.io/v1beta1</c>, in which there may be objects: their server does not answer.</summary>
    public List<string> Undiscovered { get; } = [];

    /// <summary>Null: all is known that there may be.</summary>
    public string? DiscoveryFailure => Undiscovered.Count == 0
        ? null
        : $"Discovery failed for some groups, {Undiscovered.Count} failing: unable to retrieve the complete list of server APIs: "
            + string.Join(", ", Undiscovered.Select(static version => $"{version}: stale GroupVersion discovery: {version}"));

    /// <summary>There is nothing in it that anybody can see.</summary>
    public bool IsNothingSeen => Counts.Count == 0 && Errors.Count == 0;

    public bool IsEmpty => IsNothingSeen && Undiscovered.Count == 0;

    public void Add(ResourceInfo type, IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        if (items.Count == 0)
        {
            return;
        }
        Counts[$"{type.Plural}.{type.Group}"] = items.Count;
        foreach (var item in items)
        {
            foreach (var finalizer in MetadataReader.Read(item.Span).Finalizers)
            {
                Finalizers[finalizer] = Finalizers.GetValueOrDefault(finalizer) + 1;
            }
        }
    }

    public void Failed(Status error) => Errors.Add(error.Message ?? error.Reason ?? "refused");
}
