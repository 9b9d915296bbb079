namespace Proa.ApiServer.Aggregation;

/// <summary>Where the versions that this server serves by itself stand among all, as the original's APIServices have it.</summary>
internal static class BuiltInPriorities
{
    /// <summary>Above what any APIService may ask for: the group of the APIServices comes first.</summary>
    private const int First = 20_001;

    /// <summary>Of what CustomResourceDefinitions define.</summary>
    public static readonly (int Group, int Version) Custom = (1000, 100);

    /// <returns>Null: the group is not built in.</returns>
    public static (int Group, int Version)? Of(string group, string version) => group switch
    {
        "" => (18_000, 1),
        "apiregistration.k8s.io" => (First, 18),
        "apps" => (17_800, 15),
        "events.k8s.io" => (17_750, 15),
        "authentication.k8s.io" => (17_700, 15),
        "authorization.k8s.io" => (17_600, 15),
        "autoscaling" => (17_500, version == "v2" ? 30 : 15),
        "batch" => (17_400, 15),
        "certificates.k8s.io" => (17_300, 15),
        "networking.k8s.io" => (17_200, 15),
        "policy" => (17_100, 15),
        "rbac.authorization.k8s.io" => (17_000, 15),
        "storage.k8s.io" => (16_800, 15),
        "admissionregistration.k8s.io" or "apiextensions.k8s.io" => (16_700, 15),
        "scheduling.k8s.io" => (16_600, 15),
        "coordination.k8s.io" => (16_500, 15),
        "node.k8s.io" => (16_300, 15),
        "discovery.k8s.io" => (16_200, 15),
        "resource.k8s.io" => (16_200, 21),
        "flowcontrol.apiserver.k8s.io" => (16_100, 21),
        _ => null,
    };
}
