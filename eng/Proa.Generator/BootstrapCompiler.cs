using System.Text;
using System.Text.Json.Nodes;

namespace Proa.Generator;

/// <summary>
/// Turns the list of objects that a fresh API server makes for itself into one line an object, in the form in which they are
/// stored: <c>clusterroles.rbac.authorization.k8s.io - admin {"kind":…,"apiVersion":…,"metadata":{…},…}</c>. What differs
/// from cluster to cluster is left out: <c>$NOW</c>, <c>$SERVICE</c>, <c>$PORT</c>.
/// </summary>
internal static class BootstrapCompiler
{
    // Kinds by path; their prose is ours.
    private static readonly Dictionary<string, (string Resource, string ApiVersion, string Kind)> s_paths = new()
    {
        ["/api/v1/namespaces"] = ("namespaces", "v1", "Namespace"),
        ["/api/v1/namespaces/default/services"] = ("services", "v1", "Service"),
        ["/apis/scheduling.k8s.io/v1/priorityclasses"] = ("priorityclasses.scheduling.k8s.io", "scheduling.k8s.io/v1", "PriorityClass"),
        ["/apis/apiregistration.k8s.io/v1/apiservices"] = ("apiservices.apiregistration.k8s.io", "apiregistration.k8s.io/v1", "APIService"),
        ["/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations"] =
            ("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration"),
        ["/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"] = ("flowschemas.flowcontrol.apiserver.k8s.io", "flowcontrol.apiserver.k8s.io/v1", "FlowSchema"),
        ["/apis/rbac.authorization.k8s.io/v1/clusterroles"] = ("clusterroles.rbac.authorization.k8s.io", "rbac.authorization.k8s.io/v1", "ClusterRole"),
        ["/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"] =
            ("clusterrolebindings.rbac.authorization.k8s.io", "rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ["/apis/rbac.authorization.k8s.io/v1/roles"] = ("roles.rbac.authorization.k8s.io", "rbac.authorization.k8s.io/v1", "Role"),
        ["/apis/rbac.authorization.k8s.io/v1/rolebindings"] = ("rolebindings.rbac.authorization.k8s.io", "rbac.authorization.k8s.io/v1", "RoleBinding"),
    };

    private static readonly Dictionary<string, string> s_descriptions = new()
    {
        ["system-cluster-critical"] = "For pods that the cluster needs but that may move to another node.",
        ["system-node-critical"] = "For pods that their node needs and that may not leave it.",
    };

    public static int Run(string source, string output)
    {
        var all = JsonNode.Parse(File.ReadAllText(source))!.AsObject();
        var lines = new StringBuilder();
        foreach (var (path, (resource, apiVersion, kind)) in s_paths)
        {
            foreach (var item in all[path]!.AsArray())
            {
                var from = item!.AsObject();
                var metadata = from["metadata"]!.AsObject();
                var made = new JsonObject { ["kind"] = kind, ["apiVersion"] = apiVersion, ["metadata"] = metadata.DeepClone() };
                foreach (var (key, value) in from)
                {
                    if (key is not ("metadata" or "kind" or "apiVersion"))
                    {
                        made[key] = value?.DeepClone();
                    }
                }
                var name = (string)metadata["name"]!;
                Localize(made, kind, name);
                lines.Append(resource).Append(' ').Append((string?)metadata["namespace"] ?? "-").Append(' ').Append(name).Append(' ');
                lines.Append(made.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })).Append('\n');
            }
        }
        File.WriteAllText(output, lines.ToString());
        return 0;
    }

    private static void Localize(JsonObject made, string kind, string name)
    {
        if (s_descriptions.TryGetValue(name, out var description) && made.ContainsKey("description"))
        {
            made["description"] = description;
        }
        if (made["status"]?["conditions"] is JsonArray conditions)
        {
            foreach (var condition in conditions)
            {
                condition!["lastTransitionTime"] = "$NOW";
            }
        }
        if (kind is "FlowSchema" or "PriorityLevelConfiguration")
        {
            var metadata = made["metadata"]!.AsObject();
            metadata.Insert(metadata.IndexOf("name"), "generation", 1);
        }
        if (kind == "Service")
        {
            var spec = made["spec"]!;
            spec["clusterIP"] = "$SERVICE";
            spec["clusterIPs"] = new JsonArray("$SERVICE");
            // A number in the object; the quotes go with the placeholder.
            spec["ports"]![0]!["targetPort"] = "$PORT";
        }
    }
}
