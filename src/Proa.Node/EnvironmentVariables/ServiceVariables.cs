using System.Globalization;
using Proa.Api.Models.Core;
using Proa.Client.Informers;

namespace Proa.Node.EnvironmentVariables;

/// <summary>
/// The variables that tell a container where services are: those of its namespace when it wants links, and always the
/// API's own (<c>KUBERNETES_SERVICE_HOST</c>), by which client libraries find the cluster.
/// </summary>
internal static class ServiceVariables
{
    private const string MasterNamespace = "default";
    private const string MasterName = "kubernetes";

    public static Dictionary<string, string> For(IInformer<Service> services, string ns, bool links)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        // A service of that name in the pod's own namespace wins over the cluster's, as the original has it.
        if (services.Get(MasterNamespace, MasterName) is { } master)
        {
            Add(variables, master);
        }
        if (links)
        {
            foreach (var service in services.List(ns))
            {
                Add(variables, service);
            }
        }
        return variables;
    }

    public static void Add(Dictionary<string, string> variables, Service service)
    {
        var address = service.Spec.ClusterIP;
        if (string.IsNullOrEmpty(address) || address == "None" || service.Spec.Ports.Count == 0)
        {
            return;
        }
        var prefix = NameOf(service.Metadata.Name ?? "");
        variables[$"{prefix}_SERVICE_HOST"] = address;
        variables[$"{prefix}_SERVICE_PORT"] = Text(service.Spec.Ports[0].Port);
        for (var i = 0; i < service.Spec.Ports.Count; i++)
        {
            var port = service.Spec.Ports[i];
            if (!string.IsNullOrEmpty(port.Name))
            {
                variables[$"{prefix}_SERVICE_PORT_{NameOf(port.Name)}"] = Text(port.Port);
            }
            var protocol = string.IsNullOrEmpty(port.Protocol) ? "TCP" : port.Protocol;
            var lower = protocol.ToLowerInvariant();
            var url = address.Contains(':') ? $"{lower}://[{address}]:{Text(port.Port)}" : $"{lower}://{address}:{Text(port.Port)}";
            if (i == 0)
            {
                variables[$"{prefix}_PORT"] = url;
            }
            var one = $"{prefix}_PORT_{Text(port.Port)}_{protocol.ToUpperInvariant()}";
            variables[one] = url;
            variables[$"{one}_PROTO"] = lower;
            variables[$"{one}_PORT"] = Text(port.Port);
            variables[$"{one}_ADDR"] = address;
        }
    }

    private static string NameOf(string name) => name.Replace('-', '_').ToUpperInvariant();

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
