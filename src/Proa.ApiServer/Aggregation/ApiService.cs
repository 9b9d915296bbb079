using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Aggregation;

/// <summary>What an APIService says: who serves a version of a group, and where the version stands among others. Immutable.</summary>
/// <param name="Server">Null: this server does.</param>
internal sealed record ApiService(string Name, string Group, string Version, int GroupPriority, int VersionPriority, ExtensionServer? Server)
{
    public const string Collection = "apiservices.apiregistration.k8s.io";

    public const string ManagedLabel = "kube-aggregator.kubernetes.io/automanaged";

    public required StoredObject Stored { get; init; }

    public bool Available { get; init; }

    /// <summary>Its status says that this server serves it.</summary>
    public bool IsLocal { get; init; }

    public string GroupVersion => $"{Group}/{Version}";

    public static ApiService Read(StoredObject stored)
    {
        var json = JsonTree.ParseObject(stored.Json.Span);
        var spec = json.Object("spec") ?? [];
        var condition = AvailableCondition.Of(json);
        return new(
            stored.Key.Name, spec.String("group") ?? "", spec.String("version") ?? "",
            (int)(spec.Int("groupPriorityMinimum") ?? 0), (int)(spec.Int("versionPriority") ?? 0), ExtensionServer.Of(spec))
        {
            Stored = stored,
            Available = condition?.String("status") == "True",
            IsLocal = condition?.String("status") == "True" && condition.String("reason") == AvailableCondition.Local.Reason,
        };
    }
}
