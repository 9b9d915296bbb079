using Proa.Store.Encryption;
using Proa.Store.Health;

namespace Proa.ApiServer.Discovery;

/// <summary>The checks of an API server, by the names under which monitors of the original exclude and ask for them.</summary>
public static class HealthChecks
{
    /// <param name="store">The store answers.</param>
    /// <param name="started">The server's own loops run.</param>
    /// <param name="stopping">It has been told to stop.</param>
    public static IReadOnlyList<HealthCheck> Of(Func<bool> store, Func<bool> started, Func<bool> stopping) =>
    [
        new("etcd", ReadyOnly: false, store),
        new("etcd-readiness", ReadyOnly: true, store),
        new("informer-sync", ReadyOnly: true, started),
        .. Hooks().Select(name => new HealthCheck($"poststarthook/{name}", ReadyOnly: false, started)),
        new("shutdown", ReadyOnly: true, () => !stopping()),
    ];

    /// <summary>
    /// <c>disk</c>: whether it takes writes, with its name and how long syncs take. A server that cannot write is not ready; it is
    /// alive, since it goes on reading and a restart would mend nothing. A slow disk is told and does not fail the check.
    /// </summary>
    /// <param name="disk">Null: the store is another program's.</param>
    public static IReadOnlyList<HealthCheck> Disk(StoreHealth? disk) => disk is null
        ? []
        :
        [
            new("disk", ReadyOnly: true, () => disk.Report().Condition is StoreCondition.Healthy or StoreCondition.Slow)
            {
                Detail = () => disk.Report().ToString(),
            },
        ];

    /// <summary><c>kms-providers</c>: whether the key management plug-ins answer.</summary>
    public static IReadOnlyList<HealthCheck> KeyPlugins(StoreEncryption encryption) => encryption.HasPlugins
        ? [new("kms-providers", ReadyOnly: false, () => encryption.Problem is null) { Detail = () => encryption.Problem ?? "they answer" }]
        : [];

    // Each of these belongs to a loop or a first step that this server has too.
    private static string[] Hooks() =>
    [
        "priority-and-fairness-config-consumer", "priority-and-fairness-filter", "start-apiextensions-controllers", "crd-informer-synced",
        "start-system-namespaces-controller", "rbac/bootstrap-roles", "scheduling/bootstrap-system-priority-classes",
        "priority-and-fairness-config-producer", "bootstrap-controller", "start-cluster-authentication-info-controller",
        "apiservice-status-local-available-controller", "apiservice-status-remote-available-controller", "apiservice-registration-controller",
        "apiservice-discovery-controller", "kube-apiserver-autoregistration", "apiservice-openapi-controller", "apiservice-openapiv3-controller",
    ];
}
